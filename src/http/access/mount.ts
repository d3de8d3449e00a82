// Adds a route to the app if it says what it needs. One that does not stops the start of the Worker: nothing is open by oversight.
import { accessOf } from '../api-route.ts'
import type { AddRoute, App, RouteDeps } from '../deps.ts'

/** @throws TypeError naming what was added without a declaration */
export function mount(app: App, deps: RouteDeps, addRoute: AddRoute): void {
  const [handlers, definitions] = [app.routes.length, app.openAPIRegistry.definitions.length]
  addRoute(app, deps)
  const declared = new Set(
    app.openAPIRegistry.definitions
      .slice(definitions)
      .flatMap((definition) => (definition.type === 'route' && accessOf(definition.route) !== null ? [definition.route] : []))
      .map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
  const added = app.routes.slice(handlers).map(({ method, path }) => `${method} ${path}`)
  const open = added.length === 0 ? ['a route that adds nothing'] : added.filter((place) => !declared.has(place))
  if (open.length > 0) throw new TypeError(`${open[0]} does not say what it needs: define it with apiRoute`)
}
