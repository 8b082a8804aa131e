import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseConfig } from '../../lib/config/parse.ts'
import { ROOT } from './project.ts'

const text = readFileSync(join(ROOT, 'rotation.yaml'), 'utf8')
const options = { file: 'rotation.yaml', env: {}, readFile: () => '' }

it('the sample rotation.yaml is valid and states only defaults', () => {
  const { region, groups } = parse(text) as Record<string, unknown>
  expect(parseConfig(text, options)).toEqual(parseConfig(stringify({ region, groups }), options))
})

it('the commented-out lines of the sample are valid too', () => {
  const proposed = text.replace(/^(\s*)# ([a-z]+: [{[])/gm, '$1$2')
  const config = parseConfig(proposed, options)
  expect(config.groups[0]).toMatchObject({
    discover: { suffix: '.example.com', exclude: [] },
    probes: ['https://hooks.example.com/live/snapshot'],
  })
  expect(config.endpoints.kms).toBe('https://kms-vpc.cn-shanghai.aliyuncs.com')
})
