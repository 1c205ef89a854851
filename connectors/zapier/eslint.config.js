import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['generated/'] },
  js.configs.recommended,
  {
    languageOptions: { globals: globals.nodeBuiltin },
    rules: {
      'consistent-return': 'error',
      eqeqeq: 'error',
      'no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'prefer-const': 'error',
    },
  },
];
