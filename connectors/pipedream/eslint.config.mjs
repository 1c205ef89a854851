// The rules of Pipedream's registry: its plugin, and the form that it asks of the code.

import js from "@eslint/js";
import pipedream from "@pipedream/eslint-plugin-pipedream";
import globals from "globals";

const required = [
  "key",
  "name",
  "version",
  "description",
  "type",
].map((name) => [
  `pipedream/required-properties-${name}`,
  "error",
]);

export default [
  js.configs.recommended,
  {
    files: [
      "**/*.mjs",
    ],
    plugins: {
      pipedream,
    },
    languageOptions: {
      globals: globals.node,
      sourceType: "module",
    },
    rules: {
      "arrow-parens": "error",
      "array-bracket-newline": [
        "error",
        {
          minItems: 1,
        },
      ],
      "array-element-newline": [
        "error",
        "always",
      ],
      "comma-dangle": [
        "error",
        "always-multiline",
      ],
      "eol-last": "error",
      "indent": [
        "error",
        2,
      ],
      "max-len": [
        "error",
        {
          code: 100,
          ignoreComments: true,
          ignoreStrings: true,
          ignoreTemplateLiterals: true,
        },
      ],
      "multiline-ternary": [
        "error",
        "always",
      ],
      "newline-per-chained-call": "error",
      "no-multiple-empty-lines": [
        "error",
        {
          max: 1,
        },
      ],
      "no-trailing-spaces": "error",
      "object-curly-newline": [
        "error",
        {
          ExportDeclaration: "always",
          ImportDeclaration: {
            minProperties: 2,
            multiline: true,
          },
          ObjectExpression: {
            minProperties: 1,
            multiline: true,
          },
          ObjectPattern: {
            minProperties: 2,
            multiline: true,
          },
        },
      ],
      "object-curly-spacing": [
        "error",
        "always",
      ],
      "object-property-newline": [
        "error",
        {
          allowAllPropertiesOnSameLine: false,
        },
      ],
      "quote-props": [
        "error",
        "consistent",
      ],
      "quotes": "error",
      "semi": "error",
    },
  },
  {
    files: [
      "components/**/actions/**/*.mjs",
      "components/**/sources/**/*.mjs",
    ],
    ignores: [
      "**/test-event.mjs",
    ],
    rules: {
      ...Object.fromEntries(required),
      "pipedream/props-label": "error",
      "pipedream/props-description": "error",
      "pipedream/default-value-required-for-optional-props": "error",
      "pipedream/source-name": "error",
      "pipedream/source-description": "error",
      "pipedream/no-ts-version": "error",
      "pipedream/action-annotations": "error",
    },
  },
  {
    files: [
      "components/**/*.app.mjs",
    ],
    rules: {
      "pipedream/props-label": "error",
      "pipedream/props-description": "error",
    },
  },
];
