"""What the page of integrations says of each connector. Commands are those of the connector's README."""

from dataclasses import dataclass
from typing import Final

from app.accounts.connectors import OWN_CODE


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `code` is what to type for it, where `{url}` stands for this hub's address."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """`folder` is where the connector lies among the hub's sources, "" for none."""

    name: str
    title: str
    about: str
    folder: str
    steps: tuple[Step, ...]


_CONNECT: Final = "connect with an API key; Base URL is {url}"

CARDS: Final = (
    Card(
        "zapier",
        "Zapier",
        "A Zap calls somebody, waits for the result in the same step, or starts when a call has ended.",
        "connectors/zapier",
        (
            Step("In this folder, with Node 22 or newer:", "npm ci --omit=dev"),
            Step(
                "Bring the app into your Zapier account:",
                "npm install --global zapier-platform-cli@19.1.0\nzapier-platform login\n"
                'zapier-platform register "Mio Hub"\nzapier-platform push',
            ),
            Step(f"Add a step of Mio Hub to a Zap and {_CONNECT}."),
        ),
    ),
    Card(
        "n8n",
        "n8n",
        "A community node: workflows place calls one by one or in batches and sleep until they have ended; a trigger.",
        "connectors/n8n",
        (
            Step("In n8n: Settings → Community Nodes → Install.", "n8n-nodes-miohub"),
            Step(
                "Or make an archive in this folder, and install it in n8n:",
                "npm ci --ignore-scripts && npm run build && npm pack",
            ),
            Step("Make a credential Mio Hub API with an API key; Base URL is {url}."),
        ),
    ),
    Card(
        "make",
        "Make",
        "A custom app: scenarios start calls, watch for their ends, and wait up to 270 seconds in one module.",
        "connectors/make",
        (
            Step("Install Make Apps Editor in VS Code, and create an empty custom app in Make."),
            Step("Add the app to origins in makecomapp.json, right-click the file, and choose Deploy to Make."),
            Step(f"Add a module of the app to a scenario and {_CONNECT}."),
        ),
    ),
    Card(
        "activepieces",
        "Activepieces",
        "A piece: flows place calls and are parked until they have ended, or start when a call happens.",
        "connectors/activepieces",
        (
            Step("In this folder, with Node 20 or newer:", "npm ci\nnpm run build\ncd dist && npm pack"),
            Step("In Activepieces, Settings → My Pieces: install the archive."),
            Step(f"Add Start Call to a flow and {_CONNECT}."),
        ),
    ),
    Card(
        "pipedream",
        "Pipedream",
        "Components: workflows place calls and are suspended until they have ended; sources emit when calls happen.",
        "connectors/pipedream",
        (
            Step("The app mio_hub must be registered at Pipedream, which its staff does once."),
            Step(
                "Publish a component with Pipedream's command line, and others likewise:",
                "pd publish components/mio_hub/actions/start-call-and-wait/start-call-and-wait.mjs",
            ),
            Step("Connect with an API key; base_url is {url}."),
        ),
    ),
    Card(
        "mcp",
        "AI agents (MCP)",
        "A server of the Model Context Protocol: Claude, Cursor and others place calls and read what was said.",
        "connectors/mcp",
        (
            Step("With Python 3.11 or newer, in the root of the sources:", "pip install ./connectors/mcp"),
            Step("Add the command to your host's configuration of servers:", "mio-hub-mcp"),
            Step("Give it MIO_API_KEY, a test key at first, and MIO_URL, which is {url}."),
        ),
    ),
    Card(
        "hubspot",
        "HubSpot",
        "A workflow action that calls and waits, rules that call when records change, and every call on the timeline.",
        "connectors/hubspot",
        (
            Step("In this folder, with HubSpot's developer platform:", "hs account auth\nhs project upload"),
            Step("The operator of this hub sets HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET and HUBSPOT_APP_ID."),
            Step("Connect your portal under CRMs. It starts in test mode: nothing is written, nobody is rung."),
        ),
    ),
    Card(
        "salesforce",
        "Salesforce",
        "Actions for flows, a flow that waits for the call, and every call on the record's timeline.",
        "connectors/salesforce",
        (
            Step(
                "In this folder, with the Salesforce CLI:",
                "sf org login web --alias mine --set-default\nsf project deploy start --source-dir force-app",
            ),
            Step("In Setup, type a key into the External Credential Mio Hub; give the permission set Mio Hub User."),
            Step("Connect your organisation under CRMs. It starts in test mode."),
        ),
    ),
    Card(
        OWN_CODE,
        "Your own code",
        "Plain REST with JSON: anything that can send a request can place a call.",
        "",
        (
            Step("Make a test key above. It calls the sandbox: no phone rings, nothing is charged."),
            Step("Try it:", 'curl {url}/api/v1/me -H "X-API-Key: sk_test_…"'),
            Step("Read the API reference; signed in, you see it with your test key filled in."),
        ),
    ),
)  # fmt: skip
