import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** The floors of the house: what each part of lib/ may import besides itself and the files right under lib/. */
const FLOORS = {
  keyset: [],
  throttle: [],
  config: ['keyset'],
  alibaba: ['keyset', 'throttle', 'config'],
  rotation: ['keyset', 'config'],
  notify: ['keyset', 'config', 'rotation'],
  receipts: ['keyset', 'config', 'alibaba', 'rotation'],
  receiver: ['keyset'],
  emulator: ['keyset'],
  cli: ['keyset', 'throttle', 'config', 'alibaba', 'rotation', 'notify', 'receipts', 'receiver', 'emulator'],
}

/** Parts that speak with Alibaba Cloud's SDKs; everything else goes through them. */
const WITH_SDK = ['alibaba', 'receiver']

/** Adapters know the interfaces that they implement, and nothing else of the floor above. */
const PORTS = { alibaba: 'rotation/ports' }

const restrictedImports = Object.entries(FLOORS).map(([part, allowed]) => {
  const above = Object.keys(FLOORS).filter((other) => other !== part && !allowed.includes(other))
  const ports = PORTS[part]
  const patterns = [
    {
      regex: `^(\\.\\./)+${ports === undefined ? '' : `(?!${ports}\\.ts$)`}(${above.join('|')})/`,
      message: `lib/${part} stands on ${allowed.join(', ') || 'nothing else of lib/'} (see FLOORS in eslint.config.js).`,
    },
    { regex: '^(\\.\\./)+(functions|test|bench|scripts)/', message: 'lib/ never imports upwards.' },
  ]
  if (ports !== undefined) {
    const message = 'An adapter takes types from the ports that it implements, and no values.'
    patterns.push({ regex: `^(\\.\\./)+${ports}\\.ts$`, allowTypeImports: true, message })
  }
  if (!WITH_SDK.includes(part)) {
    patterns.push({
      regex: '^@alicloud/',
      message: 'The SDKs are used by lib/alibaba and lib/receiver only.',
    })
  }
  return {
    files: [`lib/${part}/**/*.ts`],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
    },
  }
})

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name is the same everywhere.',
}
const NO_HIDDEN_INPUT = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time is passed in: take a Clock.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time is passed in: take a Clock.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Randomness is passed in: take a Random.',
  },
]

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.s/', '**/node_modules/', 'scripts/consumers/']),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // An async function turns what it throws into a rejection: reason enough without an await in it.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/core/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, ...NO_HIDDEN_INPUT] },
  },
  ...restrictedImports,
  {
    files: ['functions/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/lib/(cli|emulator)/',
              message: 'A function never carries the command line or the local cloud.',
            },
            {
              regex: 'json-schema\\.ts$',
              message: 'A function never carries the generator of the JSON Schema.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['bench/**', 'scripts/**', 'deploy/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', Buffer: 'readonly', URL: 'readonly' },
    },
  },
  {
    // Serverless Devs loads a component with require().
    files: ['deploy/stub/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['*.config.js', '*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
