// How the packages in clients/ are tested, and their receivers started: one entry a language.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The oldest Java that is supported. */
const SOURCE_LEVEL = ['--release', '8']

/**
 * The source files of a language, as seen from its folder.
 *
 * @param {string} name
 */
function sources(name) {
  const files = readdirSync(join('clients', name, 'src'), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.java')).map((file) => join('src', file))
}

/**
 * @typedef {object} Language
 * @property {string} needs - The command that its toolchain is known by.
 * @property {string[]} packages - Debian's packages that bring it.
 * @property {string[][]} tests - Commands that test it, in its folder. The last one ends with how many tests there were.
 * @property {RegExp} count - Finds that number.
 * @property {string[]} server - The command that starts a receiver with PORT, HOST and READ_URL from the environment.
 * @property {Record<string, string>} [env]
 */

/**
 * @param {string} work - A folder for what is compiled.
 * @returns {Record<string, Language>}
 */
export const languages = (work) => ({
  python: {
    needs: 'python3',
    packages: ['python3'],
    tests: [['python3', '-m', 'unittest']],
    count: /^Ran (\d+) tests/gm,
    server: ['python3', '-m', 'tests.server'],
    env: { PYTHONPATH: 'src', PYTHONDONTWRITEBYTECODE: '1' },
  },
  go: {
    needs: 'go',
    packages: ['golang-go'],
    tests: [
      ['go', 'vet', './...'],
      ['go', 'test', '-v', './...'],
      ['go', 'build', '-o', join(work, 'go-receiver'), './internal/testserver'],
    ],
    count: /^--- PASS/gm,
    server: [join(work, 'go-receiver')],
    env: { GOFLAGS: '-mod=mod', GOWORK: 'off' },
  },
  java: {
    needs: 'javac',
    packages: ['default-jdk-headless'],
    tests: [
      ['javac', ...SOURCE_LEVEL, '-encoding', 'UTF-8', '-Xlint:all,-options', '-d', work, ...sources('java')],
      ['java', '-cp', work, 'livekey.ReceiverTest'],
    ],
    count: /^(\d+) tests hold/gm,
    server: ['java', '-cp', work, '-Xmx128m', 'livekey.TestServer'],
  },
  php: {
    needs: 'php',
    packages: ['php-cli', 'php-apcu'],
    tests: [['php', '-d', 'apc.enable_cli=1', 'tests/run.php']],
    count: /^(\d+) tests hold/gm,
    server: ['php', '-q', '-d', 'apc.enable_cli=1', '-S', '127.0.0.1:$PORT', 'tests/server.php'],
    env: { PHP_CLI_SERVER_WORKERS: '4' },
  },
})

/** @param {string} name */
export const folderOf = (name) => join('clients', name)
