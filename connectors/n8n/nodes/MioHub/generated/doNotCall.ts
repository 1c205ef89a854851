// Generated from schemas/ by `make connectors`. Do not edit.

import type { INodeProperties } from 'n8n-workflow';

export const doNotCallProperties: INodeProperties[] = [
  {
    displayName: "Operation",
    name: "operation",
    type: "options",
    noDataExpression: true,
    displayOptions: {
      show: {
        resource: [
          "doNotCall",
        ],
      },
    },
    options: [
      {
        name: "Add",
        value: "create",
        description: "Add a number that must not be called any more",
        action: "Add a number to the do not call list",
      },
      {
        name: "Get Many",
        value: "getAll",
        description: "Get many numbers that are not called",
        action: "Get many do not call numbers",
      },
      {
        name: "Remove",
        value: "delete",
        description: "Remove a number, so that it may be called again",
        action: "Remove a number from the do not call list",
      },
    ],
    default: "create",
  },
  {
    displayName: "Phone Number",
    name: "phoneNumber",
    type: "string",
    placeholder: "e.g. +15551234567",
    required: true,
    default: "",
    description: "The number not to call",
    displayOptions: {
      show: {
        resource: [
          "doNotCall",
        ],
        operation: [
          "create",
          "delete",
        ],
      },
    },
  },
  {
    displayName: "Return All",
    name: "returnAll",
    type: "boolean",
    default: false,
    description: "Whether to return all results or only up to a given limit",
    displayOptions: {
      show: {
        resource: [
          "doNotCall",
        ],
        operation: [
          "getAll",
        ],
      },
    },
  },
  {
    displayName: "Limit",
    name: "limit",
    type: "number",
    typeOptions: {
      minValue: 1,
    },
    default: 50,
    description: "Max number of results to return",
    displayOptions: {
      show: {
        resource: [
          "doNotCall",
        ],
        operation: [
          "getAll",
        ],
        returnAll: [
          false,
        ],
      },
    },
  },
];
