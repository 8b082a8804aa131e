import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { runDemo } from '../../lib/cli/commands/demo/run.ts'
import { rotationYaml } from '../../lib/cli/commands/init/rotation-yaml.ts'
import { COMMANDS_HELP } from '../../lib/cli/help/chinese-help.ts'
import { pageTexts } from '../../lib/cli/page/page-language.ts'
import { renderPage } from '../../lib/cli/page/page.ts'
import { pageView } from '../../lib/cli/page/view.ts'
import { parseConfig } from '../../lib/config/parse.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { languageOf } from '../../lib/core/language.ts'
import { answerInChinese } from '../../lib/rotation/report/chinese.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { COMMAND_LINES, COMMAND_NAMES, lived, LONG_WAIT } from './command-runs.ts'
import { contextOf, ioFor, tryCli, type TryOptions } from './support.ts'

const CHINESE = { LANG: 'zh_CN.UTF-8' }
const DOMAIN = 'live2.example.com'

/** English words beside each other. Commands, identifiers and the names of calls stand alone. */
function englishIn(text: string): string[] {
  return stripVTControlCharacters(text)
    .replace(/ \\\n +/g, ' ')
    .replace(/(live-key-rotator|--on-running-streams)( [\w./:=-]+)+/g, 'COMMAND')
    .split('\n')
    .filter((line) => /\b[a-z]{2,}[, ]+[a-z]{2,}\b/i.test(line))
}

function expectChinese(text: string): void {
  expect(englishIn(text)).toEqual([])
  expect(text).toMatch(/\p{sc=Han}/u)
}

test.each([
  [{}, 'en'],
  [{ LANG: 'C.UTF-8' }, 'en'],
  [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
  [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'en_US.UTF-8' }, 'en'],
  [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN' }, 'zh'],
  [{ LANG: 'zh_CN.UTF-8', LC_ALL: '' }, 'zh'],
  [{ LANG: 'zh_CN.UTF-8', LIVE_KEY_LANG: 'en' }, 'en'],
  [{ LIVE_KEY_LANG: 'zh-CN' }, 'zh'],
  [{ LIVE_KEY_LANG: 'fr', LANG: 'zh_CN.UTF-8' }, 'en'],
])('the language of %o is %s', (env, language) => {
  expect(languageOf(env)).toBe(language)
})

describe('in Chinese, no English sentence is left', () => {
  test.each(COMMAND_LINES)('%s', async (command) => {
    const { out, err } = await tryCli(command.split(' '), { cloud: await lived(), env: CHINESE })
    expectChinese(out + err)
  })

  test('in a rotation that must wait, in a terminal', async () => {
    const options = { config: LONG_WAIT, terminal: true }
    const { out, err } = await tryCli(['rotate', '--lang', 'zh'], options)
    expectChinese(out + err)
    expect(stripVTControlCharacters(out)).toContain('下一步: live-key-rotator rotate --wait')
  })

  test('in a failed rotation, except for what the cloud said', async () => {
    const cloud = await lived()
    cloud.broken.set(DOMAIN, { set: new RotatorError('denied', 'MESSAGE') })
    const { out, err } = await tryCli(['rotate', '--force'], { cloud, env: CHINESE })
    expectChinese(out + err)
    expect(out).toContain(`${DOMAIN}（没有 RAM 权限，denied）：MESSAGE`)
  })

  test.each([{ emergency: false }, { emergency: true }])('demo %o', async ({ emergency }) => {
    const clock = new TestClock()
    const io = ioFor(clock)
    const chinese = { ...io, env: { ...io.env, ...CHINESE } }
    const { text } = await clock.run(
      runDemo({ domains: 6, ...(emergency && { emergency }) }, contextOf(chinese)),
    )
    expectChinese(text + io.stderr.text)
    expect(text).toContain('没有误拒一条真实回调，也没有接受一条伪造回调。')
  })

  test('the comments of a rotation.yaml that init writes, which says the same', () => {
    const group = {
      name: 'default',
      secret: 'live/snapshot-callback/default',
      authSource: 'notifyConfig',
      domains: [DOMAIN],
      discover: { suffix: '.example.org', exclude: ['old.example.org'] },
      probes: ['https://hooks.example.com/live'],
      suggestedProbes: ['https://other.example.com/live'],
    } as const
    const draft = { region: 'cn-shanghai', groups: [group], notes: [] }
    const [en, zh] = (['en', 'zh'] as const).map((language) => rotationYaml(draft, ['kst-1'], language))
    const comments = zh?.split('\n').filter((line) => /^ *# (?!yaml-|probes:|kms:)/.test(line)) ?? []
    expect(comments).toHaveLength(13)
    for (const comment of comments) expectChinese(comment)
    expect(parseConfig(zh ?? '')).toEqual(parseConfig(en ?? ''))
  })

  test('a page', async () => {
    const { out } = await tryCli(['status', '--json'], { cloud: await lived() })
    const report = JSON.parse(out) as Report
    const view = pageView(report, { action: 'status', place: [], groups: [] })
    const page = renderPage(view, { texts: pageTexts(CHINESE), timeZone: 'UTC', live: false })
    expectChinese(page.replace(/<style>.*<\/style>/s, '').replace(/<[^>]+>/g, '\n'))
  })
})

describe('help in Chinese', () => {
  test.each(['', ...COMMAND_NAMES, 'help kid'])('%s --help', async (name) => {
    const { out } = await tryCli([...name.split(' ').filter(Boolean), '--help'], { env: CHINESE })
    // What is typed in examples stays: their lines begin with the command, or go on after it.
    const text = out
      .replace('JSON Schema', 'Schema')
      .replace(/^(bash|zsh|fish): .*$/gm, '')
      .replace(/^.*live-key-rotator( .*\\\n)?.*$/gm, '')
    expect(englishIn(text)).toEqual([])
    expect(out).toContain('用法：')
  })

  test('names every command, and no other', () => {
    expect(Object.keys(COMMANDS_HELP).sort()).toEqual([...COMMAND_NAMES, 'help'].sort())
  })
})

describe('--json is the same in both languages', () => {
  test.each(['rotate --force', 'rotate --emergency', 'plan --emergency', 'status', 'rollback --group x'])(
    '%s',
    async (command) => {
      const printed = async (options: TryOptions) => {
        const { out } = await tryCli([...command.split(' '), '--json'], { ...options, cloud: await lived() })
        return withoutChance(out)
      }
      expect(await printed({ env: CHINESE })).toBe(await printed({}))
    },
  )

  /** Keys are made by chance: each kid becomes its place in the text. */
  function withoutChance(text: string): string {
    const kids = [...new Set(text.match(/\b[0-9a-f]{12}\b/g))]
    return text.replace(/\b[0-9a-f]{12}\b/g, (kid) => `kid${kids.indexOf(kid)}`)
  }
})

test.each([
  ['it answered 401', '返回 401'],
  ['no answer in 5 s', '5 秒内没有应答'],
  ['no connection ECONNREFUSED', '无法连接 ECONNREFUSED'],
  ['no connection', '无法连接'],
])('the answer of a receiver: %s', (english, chinese) => {
  expect(answerInChinese(english)).toBe(chinese)
})
