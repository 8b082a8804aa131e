/** Node itself: Bun and Deno name its version as well. */
export function isNode(): boolean {
  return hasNodeModules() && !('Bun' in globalThis) && !('Deno' in globalThis)
}

/** Whether there are modules of Node's, and packages to load while the program runs. */
export function hasNodeModules(): boolean {
  return typeof process === 'object' && typeof process.versions === 'object' && 'node' in process.versions
}

/** Loads a module by a name that no bundler follows: on other runtimes it does not exist, nor is it needed. */
export async function loadModule(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name)
}
