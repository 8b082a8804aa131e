import type { InEachLanguage, Language } from '../../../core/language.ts'
import type { Draft, DraftGroup } from './draft.ts'

interface Comments {
  readonly title: string
  readonly ttl: string
  readonly rotation: string
  readonly propagation: readonly [string, string]
  readonly overlap: string
  readonly groups: string
  readonly secret: string
  readonly notifyConfig: string
  readonly discover: string
  readonly probes: string
  readonly suggested: string
  readonly kms: string
}

const english: Comments = {
  title: 'What is rotated, and how. Durations: 90s, 5m, 12h, 30d. All fields: live-key-rotator schema',
  ttl: 'How long a receiver may use the keys before it reads them again: no leaked key is trusted for longer.',
  rotation: 'A scheduled rotation is skipped while the current key is younger.',
  propagation: [
    'How long receivers get, beyond ttl, to learn a new key before any domain uses it. With probes below and',
    'instances: N (no probe has more of them behind it) a rotation goes on once all of them have shown the key: in seconds.',
  ],
  overlap:
    'How long a replaced key is still accepted. Beyond min it stays only while a running stream can sign with it.',
  groups: 'Domains that share one key, each group with a secret of its own.',
  secret: 'The KMS secret that holds the keys. The first rotation creates it.',
  notifyConfig: 'These domains have their callbacks by AddLiveSnapshotNotifyConfig.',
  discover: 'Every online streaming domain whose name ends so, but those that are excluded.',
  probes: 'Callback URLs of the receivers. Each must accept a new key before a domain uses it.',
  suggested: 'Found in the account; name them once these receivers verify with the secret above:',
  kms: 'Where to create a secret that does not exist. An instance also needs one of its keys:',
}

const chinese: Comments = {
  title: '轮转什么、如何轮转。时长写法：90s、5m、12h、30d。全部字段：live-key-rotator schema',
  ttl: '接收端使用密钥多久之后必须重新读取：泄露的密钥最多再被信任这么久。',
  rotation: '当前密钥比这更新时，跳过定时轮转。',
  propagation: [
    '在 ttl 之外，再给接收端多少时间获知新密钥，之后才有域名使用它。下面写了 probes，并在这里写',
    'instances: N（每个 probe 背后最多 N 个实例）时，所有实例都表明已知新密钥就继续：只需几秒。',
  ],
  overlap: '被替换的密钥还接受多久。过了 min，只有还有正在推的流能用它签名时才保留。',
  groups: '共用一个密钥的域名；每个组有自己的凭据。',
  secret: '保存密钥的 KMS 凭据。第一次轮转会创建它。',
  notifyConfig: '这些域名的回调由 AddLiveSnapshotNotifyConfig 配置。',
  discover: '名字以此结尾的全部在线播流域名，排除的除外。',
  probes: '接收端的回调 URL。每个都接受新密钥之后，才有域名使用它。',
  suggested: '在账号中找到的；这些接收端用上面的凭据验证之后，再写进来：',
  kms: '凭据不存在时在哪里创建。指定实例时，还要写实例中的一个密钥：',
}

const comments: InEachLanguage<Comments> = { en: english, zh: chinese }

/** rotation.yaml as a person would write it, with a short comment for each part. Does no I/O. */
export function rotationYaml(
  { region, groups }: Draft,
  instances: readonly string[],
  language: Language,
): string {
  const words = comments[language]
  return `# yaml-language-server: $schema=./rotation.schema.json
# ${words.title}
region: ${region}

# ${words.ttl}
ttl: 60s

# ${words.rotation}
rotation: { minAge: 1h }

${words.propagation.map((line) => `# ${line}\n`).join('')}propagation: { margin: 10s, max: 1h }

# ${words.overlap}
overlap: { min: 10m, max: 30d, clockSkew: 60s }

# ${words.groups}
groups:
${groups.map((group) => groupLines(group, words)).join('')}${kmsLines(instances, words)}`
}

function groupLines(group: DraftGroup, words: Comments): string {
  const { name, secret, authSource, domains, discover, probes, suggestedProbes } = group
  return [
    `  - name: ${name}`,
    `    # ${words.secret}`,
    `    secret: ${quoted(secret)}`,
    ...(authSource === 'notifyConfig'
      ? [`    # ${words.notifyConfig}`, `    authSource: ${authSource}`]
      : []),
    ...(domains.length > 0 ? ['    domains:', ...domains.map((domain) => `      - ${domain}`)] : []),
    ...(discover === null ? [] : discoverLines(discover, words)),
    ...probeLines(probes, suggestedProbes, words),
    '',
  ].join('\n')
}

function discoverLines({ suffix, exclude }: NonNullable<DraftGroup['discover']>, words: Comments): string[] {
  const heading = `    # ${words.discover}`
  if (exclude.length === 0) return [heading, `    discover: { suffix: ${quoted(suffix)} }`]
  return [
    heading,
    '    discover:',
    `      suffix: ${quoted(suffix)}`,
    '      exclude:',
    ...exclude.map((domain) => `        - ${domain}`),
  ]
}

function probeLines(probes: readonly string[], suggested: readonly string[], words: Comments): string[] {
  const list = (urls: readonly string[]): string => `probes: [${urls.map(quoted).join(', ')}]`
  return [
    `    # ${words.probes}`,
    ...(probes.length > 0 ? [`    ${list(probes)}`] : []),
    ...(suggested.length > 0 ? [`    # ${words.suggested}`] : []),
    ...(suggested.length > 0 ? [`    # ${list(suggested.slice(0, 10))}`] : []),
    ...(probes.length + suggested.length === 0
      ? ['    # probes: [https://hooks.example.com/live/snapshot]']
      : []),
  ]
}

function kmsLines(instances: readonly string[], words: Comments): string {
  const [only] = instances
  if (only === undefined) return ''
  return [
    '',
    `# ${words.kms}`,
    ...instances.map((instance) => `# kms: { keyId: key-…, instanceId: ${instance} }`),
    '',
  ].join('\n')
}

/** Plain if YAML cannot mistake it for anything else. */
function quoted(text: string): string {
  return /^[\w./][\w./:+=@-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text)
}
