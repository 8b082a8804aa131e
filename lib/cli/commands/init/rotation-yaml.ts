import type { Draft, DraftGroup } from './draft.ts'

/** rotation.yaml as a person would write it, with a short comment to each part. Does no I/O. */
export function rotationYaml({ region, groups }: Draft, instances: readonly string[]): string {
  return `# yaml-language-server: $schema=./rotation.schema.json
# What is rotated, and how. Durations: 90s, 5m, 12h, 30d. All fields: live-key-rotator schema
region: ${region}

# How long a receiver may use the keys before it reads them again: no leaked key is trusted for longer.
ttl: 60s

# A scheduled rotation is skipped while the current key is younger.
rotation: { minAge: 1h }

# How long receivers get, beyond ttl, to learn a new key before any domain uses it. With probes below and
# instances: N (no probe has more of them behind it) a rotation goes on once all of them have shown the key: in seconds.
propagation: { margin: 10s, max: 1h }

# How long a replaced key is still accepted. Beyond min it stays only while a running stream can sign with it.
overlap: { min: 10m, max: 30d, clockSkew: 60s }

# Domains that share one key, each group with a secret of its own.
groups:
${groups.map(groupLines).join('')}${kmsLines(instances)}`
}

function groupLines(group: DraftGroup): string {
  const { name, secret, authSource, domains, discover, probes, suggestedProbes } = group
  return [
    `  - name: ${name}`,
    '    # The KMS secret that holds the keys. The first rotation creates it.',
    `    secret: ${quoted(secret)}`,
    ...(authSource === 'notifyConfig'
      ? [
          '    # These domains have their callbacks by AddLiveSnapshotNotifyConfig.',
          `    authSource: ${authSource}`,
        ]
      : []),
    ...(domains.length > 0 ? ['    domains:', ...domains.map((domain) => `      - ${domain}`)] : []),
    ...(discover === null ? [] : discoverLines(discover)),
    ...probeLines(probes, suggestedProbes),
    '',
  ].join('\n')
}

function discoverLines({ suffix, exclude }: NonNullable<DraftGroup['discover']>): string[] {
  const heading = '    # Every online streaming domain whose name ends so, but those that are excluded.'
  if (exclude.length === 0) return [heading, `    discover: { suffix: ${quoted(suffix)} }`]
  return [
    heading,
    '    discover:',
    `      suffix: ${quoted(suffix)}`,
    '      exclude:',
    ...exclude.map((domain) => `        - ${domain}`),
  ]
}

function probeLines(probes: readonly string[], suggested: readonly string[]): string[] {
  const list = (urls: readonly string[]): string => `probes: [${urls.map(quoted).join(', ')}]`
  return [
    '    # Callback URLs of the receivers. Each must accept a new key before a domain uses it.',
    ...(probes.length > 0 ? [`    ${list(probes)}`] : []),
    ...(suggested.length > 0
      ? ['    # Found in the account; name them once these receivers verify with the secret above:']
      : []),
    ...(suggested.length > 0 ? [`    # ${list(suggested.slice(0, 10))}`] : []),
    ...(probes.length + suggested.length === 0
      ? ['    # probes: [https://hooks.example.com/live/snapshot]']
      : []),
  ]
}

function kmsLines(instances: readonly string[]): string {
  const [only] = instances
  if (only === undefined) return ''
  return [
    '',
    '# Where to create a secret that does not exist. An instance also needs one of its keys:',
    ...instances.map((instance) => `# kms: { keyId: key-…, instanceId: ${instance} }`),
    '',
  ].join('\n')
}

/** Plain where YAML cannot take it for anything else. */
function quoted(text: string): string {
  return /^[\w./][\w./:+=@-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text)
}
