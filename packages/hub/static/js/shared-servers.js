import { confirm } from './dialogs.js'
import { element } from './elements.js'
import { attempt, path } from './jhapi.js'
import { t } from './messages.js'

/** Lists the servers that others share with the visitor. */
export async function showSharedServers(api, user) {
  const section = document.getElementById('shared-with-me')
  const list = document.getElementById('shared-list')
  let shares
  try {
    shares = (await api.request('GET', path('users', user, 'shared'))).body.items
  } catch {
    return // the rest of the page does without
  }
  // A server may be shared with the visitor and with groups of theirs.
  const byServer = new Map()
  for (const share of shares) {
    const key = `${share.server.user.name}/${share.server.name}`
    const known = byServer.get(key)
    byServer.set(key, { share, isDirect: share.kind === 'user' || known?.isDirect === true })
  }
  section.classList.toggle('hidden', byServer.size === 0)
  list.replaceChildren(
    ...[...byServer.values()].map(({ share: { server, group }, isDirect }) => {
      const name = server.name === '' ? server.user.name : `${server.user.name}/${server.name}`
      const item = element(
        'li',
        { className: 'shared-server' },
        element('span', { className: `dot${server.ready ? ' dot-on' : ''}` }),
        element('a', { href: server.full_url ?? server.url }, name),
        element(
          'small',
          { className: 'text-muted' },
          server.ready ? t('running') : t('stopped'),
          isDirect || !group ? '' : ` · ${t('through the group {name}', { name: group.name })}`,
        ),
      )
      if (isDirect) item.append(leaveButton(api, user, server, name))
      return item
    }),
  )
}

function leaveButton(api, user, server, name) {
  const button = element('button', { type: 'button', className: 'btn btn-sm btn-default' }, t('Leave'))
  button.setAttribute('aria-label', t('Leave {name}', { name }))
  button.addEventListener('click', async () => {
    const sure = await confirm({
      title: t('Leave a shared server'),
      message: t('You lose access to {name} until it is shared with you again.', { name }),
      action: t('Leave'),
    })
    if (!sure) return
    const left = await attempt(() =>
      api.request('DELETE', `${path('users', user, 'shared', server.user.name)}/${encodeURIComponent(server.name)}`),
    )
    if (left) await showSharedServers(api, user)
  })
  return button
}
