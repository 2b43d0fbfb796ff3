// What stands above and below every screen, except around a call: that has the whole window.

import type { JSX } from 'preact';
import { spoken, t } from '../locales/index.ts';
import { kOffers } from '../locales/languages.ts';
import { Globe, Help, Mark, Settings } from './icons.tsx';
import { chooseLanguage } from './language.ts';
import type { Model } from './model.ts';
import type { Page } from './places.ts';
import { contactHref } from './words.ts';

/** A link that stays inside the page; with a modifier it is the browser's own. */
export function Inside(props: { href: string; onGo: () => void; class?: string; testid?: string; label?: string; children: JSX.Element | string | (JSX.Element | string)[] }) {
  const go = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    props.onGo();
  };
  return (
    <a href={props.href} class={props.class} data-testid={props.testid} aria-label={props.label} onClick={go}>
      {props.children}
    </a>
  );
}

export function GuideLink(props: { model: Model; page: Page; part?: string; class?: string; testid?: string; children: JSX.Element | string | (JSX.Element | string)[] }) {
  const { page, part = '' } = props;
  return (
    <Inside
      href={`/${page}${part && `#${part}`}`}
      onGo={() => props.model.openGuide(page, part)}
      {...(props.class ? { class: props.class } : {})}
      {...(props.testid ? { testid: props.testid } : {})}
    >
      {props.children}
    </Inside>
  );
}

export function Header({ model }: { model: Model }) {
  // No link: the address has a meaning of its own.
  const toContent = (): void => document.querySelector<HTMLElement>('main h1')?.focus();
  // With somebody at the door there is one thing to decide, and nothing to wander off to.
  const isBusy = model.screen.value === 'card' || model.screen.value === 'accepting';
  return (
    <header class="top">
      <button type="button" class="skip" data-testid="skip" onClick={toContent}>
        {t('app.skip')}
      </button>
      <Inside href="/" onGo={() => model.backHome()} class="wordmark" testid="wordmark" label={t('menu.start')}>
        <Mark />
        <span>{t('app.name')}</span>
      </Inside>
      {!isBusy && (
        <nav aria-label={t('menu.page')}>
          <GuideLink model={model} page="how" class="button quiet how" testid="menu-how">
            <Help />
            <span class="wide-only">{t('menu.how')}</span>
          </GuideLink>
          <LanguageMenu />
          <button
            type="button"
            class="quiet"
            data-testid="menu-settings"
            aria-label={t('menu.settings')}
            onClick={() => (model.sheet.value = { kind: 'settings' })}
          >
            <Settings />
          </button>
        </nav>
      )}
    </header>
  );
}

export function LanguageMenu() {
  if (kOffers.length < 2) return null;
  return (
    <label class="language">
      <Globe />
      <span class="hidden">{t('menu.language')}</span>
      <select data-testid="language" value={spoken().tag} onChange={(event) => void chooseLanguage(event.currentTarget.value)}>
        {kOffers.map(({ tag, name }) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The operator's own words for how to be reached, as a link where they are an address. */
export function Contact({ contact }: { contact: string }) {
  const href = contactHref(contact);
  if (!href) return <bdi data-testid="contact">{contact}</bdi>;
  return (
    <a href={href} data-testid="contact" rel="noopener noreferrer" target="_blank">
      <bdi>{contact}</bdi>
    </a>
  );
}

/** A sentence with one element in the place of a `{name}`, wherever the language puts it. */
export function around(sentence: string, name: string, element: JSX.Element): (JSX.Element | string)[] {
  const [before = '', after = ''] = sentence.split(`{${name}}`);
  return [before, element, after];
}

export function Footer({ model }: { model: Model }) {
  const contact = model.view.value.features?.contact;
  return (
    <footer class="bottom">
      <nav aria-label={t('menu.about')}>
        <GuideLink model={model} page="how" testid="footer-how">
          {t('menu.how')}
        </GuideLink>
        <GuideLink model={model} page="trouble" testid="footer-trouble">
          {t('menu.trouble')}
        </GuideLink>
        <button type="button" class="link" data-testid="footer-kept" onClick={() => (model.sheet.value = { kind: 'kept' })}>
          {t('menu.kept')}
        </button>
      </nav>
      {contact && <p data-testid="footer-contact">{around(t('menu.contact'), 'contact', <Contact contact={contact} />)}</p>}
    </footer>
  );
}
