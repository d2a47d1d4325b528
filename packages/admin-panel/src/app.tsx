import { useEffect, useRef } from 'react'
import { useScopes } from './api/scopes.js'
import { FailuresPage } from './failures/failures-page.js'
import { GroupPage } from './groups/group-page.js'
import { GroupsPage } from './groups/groups-page.js'
import { HubPage } from './hub/hub-page.js'
import { LiveNumbers } from './hub/live-numbers.js'
import { t } from './messages.js'
import { href, useRoute } from './routing.js'
import { RoutesPage } from './routes/routes-page.js'
import { AddServicePage } from './services/add-service-page.js'
import { ServicesPage } from './services/services-page.js'
import { AddUsersPage } from './users/add-users-page.js'
import { EditUserPage } from './users/edit-user-page.js'
import { UsersPage } from './users/users-page.js'

const places = [
  { path: '/', label: 'Users', scope: 'list:users', also: ['/add-users', '/edit-user'] },
  { path: '/groups', label: 'Groups', scope: 'list:groups', also: ['/create-group', '/group-edit'] },
  { path: '/services', label: 'Services', scope: 'list:services', also: ['/add-service'] },
  { path: '/routes', label: 'Routes', scope: 'proxy', also: [] },
  { path: '/failures', label: 'Failures', scope: 'read:servers', also: [] },
  { path: '/hub', label: 'Hub', scope: 'admin-ui', also: [] },
] as const

function Place({ path }: { readonly path: string }) {
  switch (path) {
    case '/':
      return <UsersPage />
    case '/add-users':
      return <AddUsersPage />
    case '/edit-user':
      return <EditUserPage />
    case '/groups':
    case '/create-group':
      return <GroupsPage />
    case '/group-edit':
      return <GroupPage />
    case '/services':
      return <ServicesPage />
    case '/add-service':
      return <AddServicePage />
    case '/routes':
      return <RoutesPage />
    case '/failures':
      return <FailuresPage />
    case '/hub':
      return <HubPage />
    default:
      return (
        <p>
          {t('There is nothing here.')} <a href={href('/')}>{t('Users')}</a>
        </p>
      )
  }
}

export function App() {
  const { path } = useRoute()
  const scopes = useScopes()
  useEffect(() => {
    window._jupyterhub_page_loaded = true
  }, [])
  useEffect(() => {
    const place = places.find((one) => one.path === path || one.also.some((other) => other === path))
    document.title = `${t(place?.label ?? 'Admin')} · JupyterHub`
  }, [path])
  const tabs = useRef<HTMLUListElement>(null)
  // On a phone not all of them are in view.
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path, scopes.isKnown])
  return (
    <>
      <nav className="panel-tabs" aria-label={t('Administration')}>
        <ul ref={tabs}>
          {places
            .filter(({ scope }) => !scopes.isKnown || scopes.hasAny(scope))
            .map((place) => (
              <li key={place.path}>
                <a
                  href={href(place.path)}
                  aria-current={place.path === path || place.also.some((other) => other === path) ? 'page' : undefined}
                >
                  {t(place.label)}
                </a>
              </li>
            ))}
        </ul>
      </nav>
      {scopes.hasAny('read:metrics') && <LiveNumbers />}
      <Place path={path} />
    </>
  )
}
