import { stripVTControlCharacters } from 'node:util'
import { expect } from 'vitest'
import { displayWidth } from '../../lib/cli/text/display-width.ts'
import { LANGUAGES, type Language } from '../../lib/core/language.ts'
import type { TryOptions } from './support.ts'

const WIDTH = 80
/** Nothing is wrapped in it. */
const VERY_WIDE = 2_000

/** The lines that a terminal shows one after the other, without colours and the moves of its cursor. */
function linesOf(text: string): string[] {
  // eslint-disable-next-line no-control-regex -- where a bar begins anew
  return text.split(/\n|\r|\u001b\[\d*G/).map(stripVTControlCharacters)
}

/** The words of a text in no order: borders aside, and what differs between two runs. */
function wordsOf(text: string): Set<string> {
  const plain = stripVTControlCharacters(text).replace(/[0-9a-f]{12}/g, 'KID')
  // Chinese has no spaces between words: each character is one.
  const spaced = plain.replace(/[\p{sc=Han}\u3000-\u303f\uff00-\uffef]/gu, ' $& ')
  return new Set(spaced.split(/[\s│┌┐└┘├┤┬┴┼─\\█░]+/).filter(Boolean))
}

type TerminalOptions = Required<Pick<TryOptions, 'terminal' | 'columns' | 'env'>>
interface Shown {
  readonly out: string
  readonly err: string
}

export type Running = (options: TerminalOptions) => Promise<Shown>

/** Runs a command in terminals, in each language: no line is wider than 80 columns, and no word is broken. */
export async function expectToFit(run: Running, plain: Plain = (text) => text): Promise<void> {
  for (const language of LANGUAGES) await expectToFitIn(language, run, plain)
}

/** Takes out of a text what differs between two runs. */
type Plain = (text: string) => string

/** For runs in real time: figures differ, and so do the ids of requests and folders. */
export const withoutFigures: Plain = (text) =>
  text
    .replace(/rotator-cli-\w+/g, 'FOLDER')
    .replace(/\b[0-9A-Fa-f]+(-[0-9A-Fa-f]+){2,}/g, 'REQUEST')
    .replace(/[0-9a-f]{12}/g, 'KID')
    .replace(/\d+/g, '0')

/** Runs the same in a terminal of 80 columns and in a very wide one. */
async function expectToFitIn(language: Language, run: Running, plain: Plain): Promise<void> {
  const env = { LIVE_KEY_LANG: language }
  const narrow = await run({ terminal: true, columns: WIDTH, env })
  const wide = await run({ terminal: true, columns: VERY_WIDE, env })
  expectNarrow(narrow)
  // A broken word would be one that the wide terminal does not show.
  const [few, many] = [narrow, wide].map(({ out }) => wordsOf(plain(out)))
  expect([...(few ?? [])].filter((word) => many?.has(word) !== true)).toEqual([])
  expect(few).toEqual(many)
}

/** The width alone, for what takes long: what wraps it never breaks a word. */
export async function expectToBeNarrow(run: Running): Promise<void> {
  for (const language of LANGUAGES)
    expectNarrow(await run({ terminal: true, columns: WIDTH, env: { LIVE_KEY_LANG: language } }))
}

function expectNarrow({ out, err }: Shown): void {
  expect(out + err).not.toBe('')
  for (const line of linesOf(out + err)) expect(displayWidth(line), line).toBeLessThanOrEqual(WIDTH)
}
