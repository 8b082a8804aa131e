// How the packages in clients/ are tested and their receivers started: one entry per language.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The oldest supported Java. */
const SOURCE_LEVEL = ['--release', '8']

/**
 * The source files of a language, relative to its folder.
 *
 * @param {string} name
 */
function sources(name) {
  const files = readdirSync(join('clients', name, 'src'), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /^(main|test)\/java\/.*\.java$/.test(file)).map((file) => join('src', file))
}

/**
 * A receiver that takes part in the story.
 *
 * @typedef {object} Server
 * @property {string} name
 * @property {number} instances - How many caches its workers have in total.
 * @property {string[]} command - Starts it in the language's folder. The environment has PORT, HOST (of the callback URL),
 *   READ_URL (of the keyset) and FOLDER (its own).
 * @property {Record<string, string>} [env]
 * @property {string[]} [needs] - A command that succeeds if its framework is installed.
 */

/**
 * @typedef {object} Check
 * @property {string} tool
 * @property {string[]} command
 */

/**
 * @typedef {object} Language
 * @property {string} needs - The command that shows that its toolchain is installed.
 * @property {string[]} packages - The Debian packages of the toolchain.
 * @property {string[]} extras - The Debian packages of its servers' frameworks and of its checks' tools.
 * @property {string[][]} tests - The commands that test it, run in its folder.
 * @property {Check[]} [checks] - Further checks, each run if its tool is installed.
 * @property {RegExp} passed - Finds the names of the passed tests in the output.
 * @property {Server[]} servers
 * @property {Record<string, string>} [env]
 */

/** The Python that Debian's frameworks are installed for. */
const PYTHON = '/usr/bin/python3'
const PYTHON_ENV = { PYTHONPATH: 'src', PYTHONDONTWRITEBYTECODE: '1' }

const JARS = [
  ...['aop', 'beans', 'context', 'core', 'expression', 'web', 'web.servlet'].map((name) => `spring3-${name}`),
  ...['http', 'io', 'security', 'server', 'servlet', 'util'].map((name) => `jetty9-${name}`),
  ...['slf4j-api', 'slf4j-nop', 'commons-logging', 'servlet-api'],
].map((name) => `/usr/share/java/${name}.jar`)

const APCU = ['-d', 'apc.enable_cli=1']
const PHP_SERVER = ['php', '-q', ...APCU, '-S', '127.0.0.1:$PORT']

/**
 * @param {string} work - A folder for compiled files.
 * @returns {Record<string, Language>}
 */
export const languages = (work) => ({
  python: {
    needs: 'python3',
    packages: ['python3'],
    extras: [
      'gunicorn',
      'mypy',
      ...['flask', 'django', 'fastapi', 'uvicorn'].map((name) => `python3-${name}`),
    ],
    tests: [['python3', '-m', 'unittest', '-v']],
    checks: [
      {
        tool: 'mypy',
        command: [
          'mypy',
          '--strict',
          '--python-version',
          '3.8',
          '--cache-dir',
          work,
          'src/live_key_receiver',
        ],
      },
    ],
    passed: /^test_(\w+) \(.*\) \.\.\. (?!skipped)/gm,
    env: PYTHON_ENV,
    servers: [
      {
        name: 'http.server, threads',
        instances: 1,
        command: ['python3', '-m', 'tests.server'],
        env: PYTHON_ENV,
      },
      {
        name: 'Flask, gunicorn --preload, 3 processes',
        instances: 3,
        needs: [PYTHON, '-c', 'import flask, gunicorn'],
        command: [
          ...[PYTHON, '-m', 'gunicorn', '--preload', '-w', '3', '--threads', '4', '-b', '127.0.0.1:$PORT'],
          'tests.flask_server:app',
        ],
        env: PYTHON_ENV,
      },
      {
        name: 'Django, gunicorn, 3 processes',
        instances: 3,
        needs: [PYTHON, '-c', 'import django, gunicorn'],
        command: [
          ...[PYTHON, '-m', 'gunicorn', '-w', '3', '--threads', '4', '-b', '127.0.0.1:$PORT'],
          'tests.django_server:app',
        ],
        env: PYTHON_ENV,
      },
      {
        name: 'FastAPI, uvicorn, 3 processes',
        instances: 3,
        needs: [PYTHON, '-c', 'import fastapi, uvicorn'],
        command: [
          ...[PYTHON, '-m', 'uvicorn', '--workers', '3', '--port', '$PORT', '--log-level', 'warning'],
          'tests.fastapi_server:app',
        ],
        env: PYTHON_ENV,
      },
    ],
  },
  go: {
    needs: 'go',
    packages: ['golang-go'],
    extras: ['go-staticcheck'],
    tests: [
      ['go', 'vet', './...'],
      ['go', 'test', '-v', './...'],
      ['go', 'test', '-c', '-o', join(work, 'go-receiver'), './examples/nethttp'],
    ],
    checks: [{ tool: 'go-staticcheck', command: ['go-staticcheck', './...'] }],
    passed: /^--- PASS: Test(\w+)/gm,
    env: { GOFLAGS: '-mod=mod', GOWORK: 'off' },
    servers: [{ name: 'net/http', instances: 1, command: [join(work, 'go-receiver')] }],
  },
  java: {
    needs: 'javac',
    packages: ['default-jdk-headless'],
    extras: ['libspring-web-servlet-java', 'libjetty9-java', 'libslf4j-java'],
    tests: [
      ['javac', ...SOURCE_LEVEL, '-encoding', 'UTF-8', '-Xlint:all,-options', '-d', work, ...sources('java')],
      ['java', '-cp', work, 'livekey.ReceiverTest'],
      [
        ...[
          'javac',
          ...SOURCE_LEVEL,
          '-Xlint:all,-options',
          '-sourcepath',
          'src/test/sdk',
          '-d',
          join(work, 'sdk'),
        ],
        'examples/spring-boot/SecretReader.java',
      ],
    ],
    checks: [
      {
        tool: 'javadoc',
        command: [
          ...['javadoc', '-quiet', '-Xdoclint:all', '-Werror', '-d', join(work, 'javadoc')],
          ...sources('java').filter((file) => file.startsWith('src/main/')),
        ],
      },
    ],
    passed: /^ok: (.+)$/gm,
    servers: [
      {
        name: 'HttpServer of the JDK',
        instances: 1,
        command: ['java', '-cp', work, '-Xmx128m', 'livekey.TestServer'],
      },
      {
        name: 'Spring MVC, Jetty',
        instances: 1,
        needs: ['ls', ...JARS],
        command: [
          'sh',
          '-c',
          `${spring(work)} && exec java -Xmx128m --add-opens java.base/java.lang=ALL-UNNAMED -cp ${work}/spring:${classPath(work)} SpringServer`,
        ],
      },
    ],
  },
  php: {
    needs: 'php',
    packages: ['php-cli', 'php-apcu'],
    extras: [
      ...['php-fpm', 'nginx-light', 'php-laravel-framework', 'php-mbstring', 'php-xml'],
      ...['php-codesniffer', 'composer'],
    ],
    tests: [['php', ...APCU, 'tests/run.php']],
    checks: [
      { tool: 'phpcs', command: ['phpcs', '--standard=PSR12', '-n', 'src', 'examples/laravel'] },
      { tool: 'composer', command: ['composer', 'validate', '--strict', '--no-interaction'] },
    ],
    passed: /^ok: (.+)$/gm,
    servers: [
      {
        name: 'server of the CLI, 4 processes, APCu',
        instances: 1,
        command: [...PHP_SERVER, 'tests/server.php'],
        env: { PHP_CLI_SERVER_WORKERS: '4' },
      },
      {
        name: 'server of the CLI, 4 processes, a file',
        instances: 1,
        command: [...PHP_SERVER, 'tests/server.php'],
        env: { PHP_CLI_SERVER_WORKERS: '4', STORE: 'file' },
      },
      {
        name: 'PHP-FPM behind nginx, 4 processes, APCu',
        instances: 1,
        needs: ['sh', '-c', 'command -v nginx && ls /usr/sbin/php-fpm*'],
        command: ['sh', 'tests/fpm/start.sh', 'plain'],
      },
      {
        name: 'Laravel, PHP-FPM behind nginx, 4 processes, APCu',
        instances: 1,
        needs: [
          'sh',
          '-c',
          'command -v nginx && ls /usr/sbin/php-fpm* /usr/share/php/Illuminate/Foundation/Http/Kernel.php',
        ],
        command: ['sh', 'tests/fpm/start.sh', 'laravel'],
      },
    ],
  },
})

/** @param {string} work */
const classPath = (work) => [work, ...JARS].join(':')

/**
 * The command that compiles the Spring example, except its reader of secrets. Spring 4 cannot read newer classes.
 *
 * @param {string} work
 */
const spring = (work) =>
  [
    `mkdir -p ${work}/spring && javac ${SOURCE_LEVEL.join(' ')} -encoding UTF-8 -Xlint:-options -parameters`,
    `-d ${work}/spring -cp ${classPath(work)} examples/spring-boot/SnapshotController.java`,
    'examples/spring-boot/ReceiverConfiguration.java src/test/spring/*.java',
  ].join(' ')

/** @param {string} name */
export const folderOf = (name) => join('clients', name)
