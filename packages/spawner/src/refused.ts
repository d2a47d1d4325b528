import { configError, type LazyClass } from '@hub/config'

/** A class of upstream's that is not there: named, so that an administrator is told what to use instead. */
export function refusedClass(name: string, advice: string): LazyClass {
  return {
    load: () =>
      Promise.reject(
        configError('config_class_not_found', `${name} is not part of this hub. ${advice}`, { value: name }),
      ),
  }
}
