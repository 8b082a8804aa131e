import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { preview, type Preview } from '../../deploy/serverless-devs.mjs'

const answers = new Map<string, string>()

/** `s preview`, which takes half a second, once for all tests of this process that would get the same answer. */
export const sharedPreview: Preview = async (root, template, env) => {
  const key = JSON.stringify([template, sourcesOf(root, template), settingsOf(env)])
  const known = answers.get(key)
  if (known !== undefined) return known
  const answer = await preview(root, template, env)
  // One that names its folder holds for no other.
  if (!answer.includes(root)) answers.set(key, answer)
  return answer
}

/** What `s` may read: the template, `.env`, and each file beside them that one of these names, comments aside. */
function sourcesOf(root: string, template: string): (readonly [name: string, text: string])[] {
  const beside = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  )
  const names = new Set([template, ...beside.filter((name) => name === '.env')])
  const sources: (readonly [name: string, text: string])[] = []
  // A set is walked to its end, whatever is added meanwhile.
  for (const name of names) {
    const text = readFileSync(join(root, name), 'utf8')
    sources.push([name, text])
    const said = /\.ya?ml$/.test(name) ? JSON.stringify(parse(text)) : text
    for (const other of beside) if (said.includes(other)) names.add(other)
  }
  return sources
}

/** The environment; which home it names makes no difference as long as nothing is in there. */
function settingsOf({ HOME, USERPROFILE, ...others }: NodeJS.ProcessEnv): unknown {
  const homes = [HOME, USERPROFILE].filter((home) => home !== undefined && isInUse(home))
  const set = Object.entries(others).filter(([, value]) => value !== undefined)
  return [homes, set.toSorted(([a], [b]) => (a < b ? -1 : 1))]
}

function isInUse(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}
