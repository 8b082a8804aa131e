/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} its exit code, once its output has ended; 1 for a child that was killed
 */
export function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1))
  })
}
