import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RotatorError } from '../../../core/errors.ts'
import { languageOf } from '../../../core/language.ts'
import { askSome, askYesNo, canAsk } from '../../ask.ts'
import type { CommandContext } from '../../command.ts'
import type { Io, Result } from '../../io.ts'
import { styleOf, type Style } from '../../style.ts'
import { nextCommand } from '../../text/next-command.ts'
import { shownUrl } from '../../text/shown-url.ts'
import { table } from '../../text/table.ts'
import { initWords, purposes } from '../../words/init-words.ts'
import { say, type Said } from '../../words/said.ts'
import { seeAccount } from './account-sight.ts'
import { draftOf, type Draft } from './draft.ts'
import type { InitOptions } from './flags.ts'
import { ramPolicies } from './ram-policies.ts'
import { rotationYaml } from './rotation-yaml.ts'
import { parsedWishes, wishesOf } from './wishes.ts'

const CONFIG = 'rotation.yaml'
const SCHEMA = 'rotation.schema.json'

interface NewFile {
  readonly name: string
  readonly content: string
  readonly purpose: Said
}

/** Writes a configuration and the RAM policies for it. Reads the account, and changes nothing in it. */
export async function runInit(options: InitOptions, context: CommandContext): Promise<Result> {
  const { io } = context
  const language = languageOf(io.env)
  const words = initWords[language]
  const dir = options.dir ?? '.'
  const wishes = await wishesOf(options, io)
  refuseToReplace(dir, [CONFIG], options)
  const sight = await seeAccount(wishes, context)
  if (sight.domains.length === 0 && wishes.discover === null) throw noDomains(sight.notes)
  const draft = await withProbes(draftOf(wishes, sight.domains), options, io)
  const yaml = rotationYaml(draft, sight.instances, language)
  // Checks what was typed the way the file will be checked.
  parsedWishes(yaml, {})
  const files: NewFile[] = [
    { name: CONFIG, content: yaml, purpose: purposes.config },
    ...(await schemaFile(dir)),
    ...ramPolicies(draft, sight.accountId),
  ]
  refuseToReplace(
    dir,
    files.map(({ name }) => name),
    options,
  )
  for (const { name, content } of files) write(join(dir, name), content)

  const notes = [
    ...sight.notes,
    ...draft.notes,
    ...instanceNotes(sight.instances),
    ...accountNotes(sight.accountId),
  ]
  const config = options.config ?? (dir === '.' ? undefined : join(dir, CONFIG))
  const document = documentOf(
    draft,
    files.map(({ name }) => join(dir, name)),
    notes.map(({ en }) => en),
  )
  const text = textOf(files, dir, notes, styleOf(io.stdout, io.env))
  if (options.json !== true && options.yes !== true && canAsk(io)) {
    io.stderr.write(`${text}\n`)
    if (await askYesNo(io, words.doctor, true)) {
      const { runDoctor } = await import('../doctor/run.ts')
      return runDoctor({ assumptions: 'assumptions.json', config }, context)
    }
    return { document, text: nextCommand(['doctor'], { config }, io), exitCode: 0 }
  }
  return { document, text: `${text}\n${nextCommand(['doctor'], { config }, io)}`, exitCode: 0 }
}

/** @throws RotatorError `usage` */
function refuseToReplace(dir: string, names: readonly string[], { force }: InitOptions): void {
  const present = names.filter((name) => existsSync(join(dir, name)))
  if (force === true || present.length === 0) return
  throw new RotatorError(
    'usage',
    `${present.map((name) => join(dir, name)).join(', ')}: already there; --force replaces, --dir writes elsewhere`,
  )
}

/** The schema that the file names in its first line, unless it already exists. */
async function schemaFile(dir: string): Promise<NewFile[]> {
  if (existsSync(join(dir, SCHEMA))) return []
  const { configJsonSchema } = await import('../../../config/json-schema.ts')
  return [{ name: SCHEMA, content: configJsonSchema(), purpose: purposes.schema }]
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** On a terminal, offers the receivers found in the account. */
async function withProbes(draft: Draft, options: InitOptions, io: Io): Promise<Draft> {
  if (options.yes === true || options.probe !== undefined || !canAsk(io)) return draft
  const suggested = [...new Set(draft.groups.flatMap((group) => group.suggestedProbes))]
  if (suggested.length === 0) return draft
  const chosen = await askSome(io, initWords[languageOf(io.env)].receivers, suggested)
  return {
    ...draft,
    groups: draft.groups.map((group) => ({
      ...group,
      probes: [...group.probes, ...group.suggestedProbes.filter((url) => chosen.includes(url))],
      suggestedProbes: group.suggestedProbes.filter((url) => !chosen.includes(url)),
    })),
  }
}

function noDomains(notes: readonly Said[]): RotatorError {
  const problems = notes.map(({ en }) => en).join('; ')
  const why = problems === '' ? 'the account has no online streaming domain' : problems
  return new RotatorError('usage', `no domain is known (${why}): name them with --domain or --discover`)
}

function instanceNotes(instances: readonly string[]): Said[] {
  if (instances.length === 0) return []
  return [
    say(
      `KMS instances: ${instances.join(', ')}. If a secret can only be created in one, name it and a key of it under kms`,
      `KMS 实例：${instances.join('、')}。如果只能在实例中创建凭据，请在 kms 下写明实例和其中的一个密钥`,
    ),
  ]
}

function accountNotes(accountId: string | null): Said[] {
  if (accountId !== null) return []
  return [
    say(
      'the id of the account is not known: replace <account> in ram/*.json by it',
      '账号 ID 未知：请把 ram/*.json 中的 <account> 换成它',
    ),
  ]
}

function documentOf({ region, groups }: Draft, written: readonly string[], notes: readonly string[]) {
  return {
    written,
    region,
    groups: groups.map(({ name, secret, domains, discover, probes }) => ({
      name,
      secret,
      domains,
      discover,
      probes: probes.map(shownUrl),
    })),
    notes,
  }
}

function textOf(files: readonly NewFile[], dir: string, notes: readonly Said[], style: Style): string {
  const { language } = style
  const words = initWords[language]
  return [
    table(
      [words.wrote, words.purpose],
      files.map(({ name, purpose }) => [join(dir, name), purpose[language]]),
      style,
    ),
    ...notes.map((note) => `! ${note[language]}`),
    words.policies,
  ].join('\n')
}
