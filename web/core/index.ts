// visavis without a page, as one ES module.

export { accountsOf, agree, differences, type Accounts, type Difference, type Tally, type Told } from './accounts.ts';
export { Client, type ClientPorts, type SeekWish, type Timings } from './client.ts';
export { kPictures, type PictureName } from './code_pictures.ts';
export type { CodeView } from './code_view.ts';
export { kEndReasons, kPhases, type CallState, type EndReason, type Phase, type Standing, type Unmet } from './call_state.ts';
export { forgetDevice, keepDevice, keptDevice } from './device.ts';
export type { Count } from './ledger.ts';
export type { Listener, Unsubscribe } from './emitter.ts';
export type { ClientEvents, EventName } from './events.ts';
export type { Badge, Leg, OwnPath } from './path.ts';
export type { Made, MadeCandidate, MadeLock, MadePair } from './made.ts';
export { readMadeFile, redact, writeMade, type MadeFlaw, type Redacted, type SavedCall } from './made_file.ts';
export { PathMemory } from './path_memory.ts';
export type { Cancel, Chance, Clock, CryptoPort, Socket, Store } from './ports.ts';
export { forgetKey, keepKey, keptKey, makeFragment, makeKey, makeLink, readFragment, type KeptKey, type LinkKey } from './private_call.ts';
export { kCategories, kSubprotocol, type Category, type Features, type Media, type Role, type Room, type SeekPrefs } from './protocol.ts';
export type { Sign } from './session.ts';
export type { Code } from './safety_code.ts';
export type { ChatLine, MediaOn, ServerState, View } from './view.ts';
