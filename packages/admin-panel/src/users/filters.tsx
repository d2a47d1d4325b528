import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { GroupModel } from '@hub/api'
import { asPage, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { useScopes } from '../api/scopes.js'
import { t } from '../messages.js'
import type { UserView } from './user-view.js'

interface FiltersProps {
  readonly view: UserView
  /** Changes of the search are many, and no steps in the browser's history. */
  readonly onChange: (change: Partial<UserView>, options?: { readonly typed: boolean }) => void
}

const debounceMs = 300

/** Search and filters; all of them are answered by the hub. */
export function Filters({ view, onChange }: FiltersProps) {
  const scopes = useScopes()
  const { data: groups } = useQuery({
    queryKey: ['groups', 'names'],
    enabled: scopes.hasAny('list:groups'),
    queryFn: async ({ signal }) => {
      const { body } = await call(endpoints.listGroups, { query: { limit: 200 }, isPaged: true, signal })
      return asPage<GroupModel[]>(body).items.flatMap(({ name }) => name ?? [])
    },
  })
  const choices = [...new Set([...(groups ?? []), ...(view.group === '' ? [] : [view.group])])]
  return (
    <search className="panel-filters">
      <Search text={view.name_filter} onSearch={(text) => onChange({ name_filter: text }, { typed: true })} />
      <label>
        {t('Servers')}
        <select
          className="form-control"
          value={view.state}
          onChange={(event) => onChange({ state: event.target.value })}
        >
          <option value="">{t('All')}</option>
          <option value="active">{t('Only active')}</option>
          <option value="ready">{t('Running')}</option>
          <option value="pending">{t('Starting or stopping')}</option>
          <option value="failed">{t('Failed to start')}</option>
          <option value="inactive">{t('None running')}</option>
        </select>
      </label>
      <label>
        {t('Idle')}
        <select
          className="form-control"
          value={view.idle_days}
          onChange={(event) => onChange({ idle_days: event.target.value })}
        >
          <option value="">{t('Whatever')}</option>
          <option value="1">{t('For a day')}</option>
          <option value="7">{t('For a week')}</option>
          <option value="30">{t('For 30 days')}</option>
          <option value="180">{t('For 180 days')}</option>
          <option value="365">{t('For a year')}</option>
        </select>
      </label>
      {choices.length > 0 && (
        <label>
          {t('Group')}
          <select
            className="form-control"
            value={view.group}
            onChange={(event) => onChange({ group: event.target.value })}
          >
            <option value="">{t('All')}</option>
            {choices.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t('Kind')}
        <select
          className="form-control"
          value={view.admin}
          onChange={(event) => onChange({ admin: event.target.value })}
        >
          <option value="">{t('Everybody')}</option>
          <option value="true">{t('Admins')}</option>
          <option value="false">{t('Not admins')}</option>
        </select>
      </label>
    </search>
  )
}

function Search({ text, onSearch }: { readonly text: string; readonly onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(text)
  const input = useRef<HTMLInputElement>(null)
  const search = useRef(onSearch)
  search.current = onSearch
  // The address has changed by itself: back and forward.
  useEffect(() => setTyped(text), [text])
  useEffect(() => {
    if (typed === text) return
    const timer = window.setTimeout(() => search.current(typed), debounceMs)
    return () => window.clearTimeout(timer)
  }, [typed, text])
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', focus)
    return () => document.removeEventListener('keydown', focus)
  }, [])
  return (
    <label className="panel-search">
      {t('Search')}
      <input
        ref={input}
        type="search"
        className="form-control"
        value={typed}
        placeholder={t('Name, or part of it ( / )')}
        aria-keyshortcuts="/"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  )
}
