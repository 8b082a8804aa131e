import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../deploy/project.ts'
import { readPage } from './pages.ts'

const MOST_LINES = 200

describe.each([
  ['README.md', 'Figures'],
  ['README.zh-CN.md', '数据'],
])('%s', (page, figures) => {
  const text = readPage(page)

  it('suits somebody who has thirty seconds', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(MOST_LINES)
  })

  it('has the two commands that show everything', () => {
    expect(text).toMatch(/^npm ci && npm run demo\b/m)
    expect(text).toMatch(/^npm ci && npm test\b/m)
  })

  it('names an existing command for each figure', () => {
    const [, section = ''] = text.split(`## ${figures}\n`)
    const [table = ''] = section.split('\n## ')
    const commands = Array.from(table.matchAll(/\| `([^`]+)` *\|$/gm), ([, command = '']) => command)
    const rows = table.split('\n').filter((line) => line.startsWith('| ')).length
    const heads = 2
    expect(commands).toHaveLength(rows - heads)
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const command of commands) {
      const [, script, file] = /^(?:npm run ([\w:]+)|node (\S+)|npx live-key-rotator \w+)/.exec(command) ?? []
      if (script !== undefined) expect(scripts).toHaveProperty([script])
      else if (file !== undefined) expect(existsSync(join(ROOT, file)), file).toBe(true)
      else expect(command).toMatch(/^npx live-key-rotator /)
    }
  })
})
