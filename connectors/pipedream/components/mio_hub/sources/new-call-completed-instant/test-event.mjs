// Generated from schemas/ by `make connectors`. Do not edit.

export default {
  id: "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
  direction: "outbound",
  status: "completed",
  name: "Joe's Pizza",
  toNumber: "+15551234567",
  fromNumber: "+15559876543",
  instructions: "Order a large pepperoni for pickup at 7pm.",
  summary: "Ordered a large pepperoni pizza for pickup at 7pm. Total $18.50.",
  transcript: [
    {
      role: "agent",
      text: "Hi, I'd like to place an order for pickup please.",
    },
    {
      role: "human",
      text: "Sure, what can I get for you?",
    },
  ],
  cost: 42,
  duration: 45,
  attempt: 1,
  startedAt: "2026-03-20T18:30:05.000Z",
  endedAt: "2026-03-20T18:30:50.000Z",
  createdAt: "2026-03-20T18:30:00.000Z",
  firstMessage: "Hi, I'd like to place an order for pickup please.",
  callAt: null,
  answeredBy: "human",
  endReason: "agent_hangup",
  test: false,
};
