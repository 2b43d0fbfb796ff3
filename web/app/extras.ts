// What is fetched when it is first opened, as one part: each alone would be small, and take what it shares with the others along.

export { KeptSheet } from './sheets/kept.tsx';
export { RulesSheet } from './sheets/rules.tsx';
export { SettingsSheet } from './sheets/settings.tsx';
