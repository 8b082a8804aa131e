import { expect, test } from 'vitest'
import { loadConfig } from '../../lib/config/load.ts'

const TEXT = 'region: cn-shanghai\ngroups: [{ name: a, secret: live/a, domains: [a.example.com] }]\n'

/** What is read when the configuration is looked for. */
function pathOf(options: { path?: string; env?: Record<string, string> }): string | undefined {
  const read: string[] = []
  loadConfig({
    ...options,
    readFile: (path) => {
      read.push(path)
      return TEXT
    },
  })
  return read[0]
}

test('the path given, else the environment, else rotation.yaml', () => {
  expect(pathOf({ path: 'a.yaml', env: { ROTATOR_CONFIG: 'b.yaml' } })).toBe('a.yaml')
  expect(pathOf({ env: { ROTATOR_CONFIG: 'b.yaml' } })).toBe('b.yaml')
  expect(pathOf({})).toBe('rotation.yaml')
  expect(pathOf({ env: { ROTATOR_CONFIG: '' } })).toBe('rotation.yaml')
})

test('a missing file: says which one, and how to name another', () => {
  expect(() => loadConfig({ path: 'test/config/nowhere.yaml' })).toThrow(
    expect.objectContaining({
      code: 'config',
      message:
        'the configuration test/config/nowhere.yaml cannot be read (there is no such file): name the file with --config or ROTATOR_CONFIG',
    }),
  )
})

test('a path that is a folder', () => {
  expect(() => loadConfig({ path: 'test/config' })).toThrow(
    expect.objectContaining({
      code: 'config',
      message: expect.stringContaining('(it is a folder)') as string,
    }),
  )
})
