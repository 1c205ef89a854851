// Generated from schemas/ by `make connectors`. Do not edit.

export const words = {
  about: "Mio Hub is an AI phone agent that places calls and reports what was said.",
  apiKey: {
    displayName: "API Key",
    description: "Starts with sk_live_ or sk_test_. Create one in your Mio Hub profile, under Integrations. With a test key no phone rings and nothing is charged.",
  },
  baseUrl: {
    displayName: "Base URL",
    description: "Leave empty unless you host Mio Hub yourself. Your API key is sent to this address.",
  },
};
