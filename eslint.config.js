import js from '@eslint/js'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import importX from 'eslint-plugin-import-x'
import tseslint from 'typescript-eslint'

const testFiles = ['**/*.test.ts', '**/test/**/*.ts', 'packages/testkit/**/*.ts']

/** Arrows between packages point one way: what each may import of ours, besides itself. */
const contracts = ['@hub/api', '@hub/config']
const building = [...contracts, '@hub/daemon', '@hub/forward', '@hub/authenticator', '@hub/spawner']
const mayImport = {
  api: [],
  config: [],
  daemon: contracts,
  forward: contracts,
  authenticator: contracts,
  spawner: contracts,
  hub: building,
  'configurable-http-proxy': building,
  singleuser: building,
  'sudospawner-helper': building,
  'admin-panel': ['@hub/api'],
}
const daemons = ['@hub/hub', 'configurable-http-proxy', '@hub/singleuser', '@hub/sudospawner-helper']
const ours = [...building, ...daemons, '@hub/testkit']

const directions = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`packages/${folder}/**/*.{ts,tsx}`],
  ignores: testFiles,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: ours
          .filter((name) => !allowed.includes(name))
          .map((name) => ({
            regex: `^${name}(/.*)?$`,
            message: `packages/${folder} may import ${allowed.join(', ') || 'nothing of ours'}.`,
          })),
      },
    ],
  },
}))

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/coverage/**',
      '.hub/**',
      '.test/**',
      '**/static/**',
      '**/templates/**',
      'docs/reference/**',
    ],
  },
  js.configs.recommended,
  { rules: { 'no-empty': ['error', { allowEmptyCatch: true }] } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          project: 'packages/*/tsconfig.json',
          noWarnOnMultipleProjects: true,
          conditionNames: ['@hub/source', 'types', 'import', 'default'],
        }),
      ],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-duplicates': 'error',
      'import-x/no-default-export': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Numbers and booleans in a template literal read well and are never a mistake here.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => thing.stop()` is how one-line callbacks are written.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A class of static data or an empty plug-in hook is part of upstream's shape of plug-ins.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // An async method may fulfil a contract that others need time for.
      '@typescript-eslint/require-await': 'off',
      // Own-key maps from configuration are indexed by name; `delete` on them is the plain way.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Type parameters document a relation even where they are used once.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Structural types are TypeScript's own; what a library makes is not always an instance of the class its types name.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // A branch for "cannot happen" data that arrives from outside is worth having although the types exclude it.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    // What the bare name of a plug-in's package stands for.
    files: ['examples/*/src/index.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    // Settings are read in one place per daemon.
    files: ['packages/*/src/**/*.ts'],
    ignores: [...testFiles, '**/config.ts', '**/config/**', '**/cli.ts', '**/cli/**', '**/bin.ts', '**/*-bin.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read settings in config.ts, cli.ts or bin.ts and pass them in.',
        },
      ],
    },
  },
  ...directions,
  {
    // What a daemon has to say goes through its log.
    files: ['packages/*/src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: testFiles,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['**/*.config.ts', '**/jupyterhub_config.ts', 'examples/**/*.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'AbortController',
          'Buffer',
          'fetch',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
)
