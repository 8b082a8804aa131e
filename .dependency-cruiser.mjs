// The floors of the house, from the ground up: what each part of lib/ may import besides itself.
const FLOORS = {
  core: [],
  keyset: ['core'],
  throttle: ['core'],
  config: ['core', 'keyset'],
  receiver: ['core', 'keyset'],
  rotation: ['core', 'keyset', 'throttle', 'config'],
  alibaba: ['core', 'keyset', 'throttle', 'config'],
  notify: ['core', 'keyset', 'config', 'rotation'],
  receipts: ['core', 'keyset', 'config', 'rotation', 'alibaba'],
  app: ['core', 'keyset', 'throttle', 'config', 'rotation', 'alibaba', 'notify', 'receipts'],
  emulator: ['core', 'keyset'],
  cli: [
    'core',
    'keyset',
    'throttle',
    'config',
    'receiver',
    'rotation',
    'alibaba',
    'notify',
    'receipts',
    'app',
    'emulator',
  ],
}

const floors = Object.entries(FLOORS).map(([part, below]) => ({
  name: `floor-${part}`,
  comment: `lib/${part} stands on ${below.join(', ') || 'nothing else of lib/'}.`,
  severity: 'error',
  from: { path: `^lib/${part}/` },
  to: {
    path: '^(lib|functions|test|bench|scripts|deploy)/',
    pathNot: [
      `^lib/(${[part, ...below].join('|')})/`,
      // Adapters implement the ports that rotation names.
      ...(part === 'alibaba' || part === 'receipts' ? ['^lib/rotation/ports\\.ts$'] : []),
    ],
  },
}))

export default {
  forbidden: [
    ...floors,
    {
      name: 'no-circular',
      comment: 'Nothing goes in a circle, types included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'adapters-take-types-only',
      comment: 'An adapter takes types from the ports that it implements, and no values.',
      severity: 'error',
      from: { path: '^lib/alibaba/' },
      to: { path: '^lib/rotation/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sdk-behind-adapters',
      comment: "Alibaba Cloud's SDKs are used by lib/alibaba; the receiver may find a credentials chain.",
      severity: 'error',
      from: { path: '^(lib|functions)/', pathNot: '^lib/(alibaba|receiver)/' },
      to: { path: '^(node_modules/)?@alicloud/' },
    },
    {
      name: 'lean-functions',
      comment: 'A function never carries the command line, the emulator or the JSON Schema generator.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^lib/(cli|emulator)/|json-schema\\.ts$' },
    },
    {
      name: 'wire-knows-no-product',
      comment: 'The wire of the emulator is handed its products; it knows none by name.',
      severity: 'error',
      from: { path: '^lib/emulator/wire/' },
      to: { path: '^lib/emulator/', pathNot: '^lib/emulator/(wire|[^/]+\\.ts$)' },
    },
    {
      name: 'world-without-a-wire',
      comment: 'The world is plain data: no wire, no product.',
      severity: 'error',
      from: { path: '^lib/emulator/world/' },
      to: { path: '^lib/emulator/', pathNot: '^lib/emulator/(world|[^/]+\\.ts$)' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { pathNot: '^lib/receiver/' },
      // An optional peer, of which LIVE_SDK=official makes use.
      to: { couldNotResolve: true, pathNot: '^@alicloud/live20161101$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
