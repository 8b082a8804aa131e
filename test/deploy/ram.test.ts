import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './project.ts'

interface Statement {
  Effect: string
  Action: string | string[]
  Resource?: string | string[]
  Principal?: unknown
}

interface Policy {
  Version: string
  Statement: Statement[]
}

const folder = join(ROOT, 'docs/ram')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const names = readdirSync(folder).filter((file) => file.endsWith('.json'))

function policy(name: string): Policy {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Policy
}

const actionsOf = (name: string) => policy(name).Statement.flatMap((statement) => statement.Action)

describe('the RAM policies', () => {
  it.each(names)('%s allows named actions on named resources', (name) => {
    const { Version, Statement } = policy(name)
    expect(Version).toBe('1')
    for (const statement of Statement) {
      // RAM knows no other element; a Condition would be one that nobody tests.
      const elements = name.startsWith('trust') ? 'Principal' : 'Resource'
      expect(Object.keys(statement)).toEqual(['Effect', 'Action', elements])
      expect(statement.Effect).toBe('Allow')
      for (const action of [statement.Action].flat())
        expect(action).toMatch(/^(kms|live|fc|mns|oss|sts):[A-Za-z]+$/)
    }
    const actions = actionsOf(name)
    expect(new Set(actions).size).toBe(actions.length)
  })

  it('grant * only if Live accepts nothing narrower', () => {
    const everywhere = names.flatMap((name) =>
      policy(name).Statement.filter((statement) => [statement.Resource].flat().includes('*')),
    )
    expect(everywhere.flatMap((statement) => statement.Action)).toEqual([
      'live:QuerySnapshotCallbackAuth',
      'live:SetSnapshotCallbackAuth',
      'live:DescribeLiveStreamsOnlineList',
      'live:DescribeLiveUserDomains',
      'live:ForbidLiveStream',
    ])
  })

  it('let a receiver read the keyset, and nothing else', () => {
    expect(actionsOf('receiver.json')).toEqual(['kms:GetSecretValue'])
  })

  it.each(names)('README.md explains %s, its placeholders and its actions', (name) => {
    expect(readme).toContain(`\`${name}\``)
    const text = readFileSync(join(folder, name), 'utf8')
    for (const [placeholder] of text.matchAll(/<[a-z-]+>/g)) expect(readme).toContain(`\`${placeholder}\``)
    if (name === 'function-role.json') {
      for (const action of actionsOf(name)) expect(readme).toContain(`\`${action}\``)
    }
  })
})
