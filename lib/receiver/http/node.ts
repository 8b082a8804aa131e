/** Whether this is Node itself: Bun and Deno also report a version of it. */
export function isNode(): boolean {
  return hasNodeModules() && !('Bun' in globalThis) && !('Deno' in globalThis)
}

/** Whether Node's modules exist, and packages can be loaded while the program runs. */
export function hasNodeModules(): boolean {
  return typeof process === 'object' && typeof process.versions === 'object' && 'node' in process.versions
}

/** Loads a module by a name that no bundler follows: on other runtimes it neither exists nor is needed. */
export async function loadModule(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name)
}
