import { parseConfig, type Environment } from '../../../config/parse.ts'
import type { RotationConfig } from '../../../config/types.ts'
import { hasCode, RotatorError } from '../../../core/errors.ts'
import { languageOf } from '../../../core/language.ts'
import { initWords } from '../../words/init-words.ts'
import { askText, canAsk } from '../../ask.ts'
import type { Io } from '../../io.ts'
import type { Wishes } from './draft.ts'
import type { InitOptions } from './flags.ts'

const DEFAULT_REGION = 'cn-shanghai'
const DEFAULT_SECRET = 'live/snapshot-callback/default'

/**
 * What the user wants: what was given, else the answers, else the defaults.
 *
 * @throws RotatorError `usage` if no domains are given, nobody can be asked and the defaults were not accepted.
 */
export async function wishesOf(options: InitOptions, io: Io): Promise<Wishes> {
  const { domain: named = [], probe: probes = [], yes = false } = options
  const region = options.region ?? (io.env['ALIBABA_CLOUD_REGION_ID'] || DEFAULT_REGION)
  const secret = options.secret ?? DEFAULT_SECRET
  const discover = options.discover ?? null
  const domains = named.map((domain) => domain.toLowerCase())
  const given: Wishes = { region, domains, discover, secret, probes }
  if (yes) return given
  if (canAsk(io)) return answered(options, given, io)
  if (discover !== null || domains.length > 0) return given
  throw new RotatorError(
    'usage',
    'name the domains with --domain or --discover, or take all domains of the account with --yes',
  )
}

/** Asks for what was not given. */
async function answered(options: InitOptions, given: Wishes, io: Io): Promise<Wishes> {
  const words = initWords[languageOf(io.env)]
  const region = options.region ?? (await askText(io, words.region, given.region)).trim()
  const isOpen = given.discover === null && given.domains.length === 0
  const suffix = isOpen ? (await askText(io, words.suffix, '')).trim() : ''
  const secret = options.secret ?? (await askText(io, words.secret, given.secret)).trim()
  return { ...given, region, secret, discover: suffix === '' ? given.discover : suffix }
}

/**
 * The wishes as a configuration.
 *
 * @throws RotatorError `usage` for what no configuration may contain.
 */
export function parsedWishes(text: string, env: Environment): RotationConfig {
  try {
    return parseConfig(text, { file: '', env })
  } catch (error) {
    if (!hasCode(error, 'config')) throw error
    // Line numbers would mean nothing: nobody has seen the file yet.
    throw new RotatorError('usage', error.message.replace(/^:\d+: /gm, ''), { cause: error })
  }
}
