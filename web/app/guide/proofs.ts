// What "what the server can and cannot see" says, row by row, and the test that each row rests on. docs/privacy.md has the same table;
// privacy_test.ts holds the two together, and to tests that exist. The page names tests by their files in the source and links to none: it
// sends nobody's browser to anybody but its own server, which does not serve the source, and whoever runs that may have changed it.

export interface Proof {
  file: string;
  /** As the test's name stands in its file. */
  test: string;
}

/** As in the keys of the sentences. */
export type RowName =
  | `cannot.${'open' | 'change' | 'loosen' | 'between' | 'sealed'}`
  | `does_not.${'media' | 'relayed' | 'passing' | 'before' | 'log' | 'disk' | 'others'}`
  | `sees.${'address' | 'search' | 'pairs' | 'room' | 'relay' | 'counts'}`;

export const kGroups = ['cannot', 'does_not', 'sees'] as const;
export type Group = (typeof kGroups)[number];

interface Row {
  name: RowName;
  proofs: readonly Proof[];
}

function row(name: RowName, ...proofs: [string, string][]): Row {
  return { name, proofs: proofs.map(([file, test]) => ({ file, test })) };
}

export const kRows: Readonly<Record<Group, readonly Row[]>> = {
  cannot: [
    row(
      'cannot.open',
      ['web/core/client_private_test.ts', 'two with the link connect without being asked, and everything but the handshake is sealed'],
      ['tests/browser/cases/abuse.mjs', 'somebody without the key comes before the invited one'],
    ),
    row(
      'cannot.change',
      ['web/core/client_private_test.ts', 'plaintext in a private call is not listened to'],
      ['web/core/noise_test.ts', 'a message 2 changed by one bit is not valid'],
    ),
    row(
      'cannot.loosen',
      ['tests/netns/cases/hidden.mjs', 'a person hides the address, and nothing that a lying server says shows it'],
      ['web/core/client_relay_test.ts', 'the strictest voice wins: server and page can demand it, and a later welcome does not take it back'],
    ),
    row(
      'cannot.between',
      ['tests/browser/cases/safety_code.mjs', 'who stands between two strangers and passes everything on is seen: the codes differ'],
      ['web/core/code_run_test.ts', 'who waits for the nonces and then chooses one with the same code is bound to another already'],
    ),
    row('cannot.sealed', ['web/core/client_code_test.ts', 'once there is a code every body is sealed, resends are the same text, and what the server puts in plain is not heard']),
  ],
  does_not: [
    row('does_not.media', ['tests/netns/cases/budget.mjs', 'the server gets no more than 32 KB of a direct call of 20 s']),
    row('does_not.relayed', ['tests/netns/cases/secrecy.mjs', 'the relay reads neither sound nor chat']),
    row('does_not.passing', ['src/signal/signal_call_test.cpp', 'BodiesPassUnchanged'], ['src/lobby/lobby_calls_test.cpp', 'ForgetsWhatTheReceiverHas']),
    row('does_not.before', ['tests/netns/cases/meeting.mjs', 'nothing is told before both accept']),
    row(
      'does_not.log',
      ['tests/program/suite.test.mjs', 'names nobody, not even at its most talkative'],
      ['tests/program/suite.test.mjs', 'holds no token, credential, key or word of anybody'],
      ['tests/program/privacy.test.mjs', 'has nothing of thousands of calls in it: no address, name, ufrag, password, fingerprint, token or key'],
    ),
    row(
      'does_not.disk',
      ['tests/program/safety.test.mjs', 'writes nothing of a call that nobody reports'],
      ['tests/program/safety.test.mjs', 'keeps what is promised and nothing else: two keyed hashes, no address, no token'],
    ),
    row('does_not.others', ['src/net/page_handler_test.cpp', 'SendsThePoliciesWithEveryFile']),
  ],
  sees: [
    row('sees.address', ['tests/program/suite.test.mjs', 'names addresses once the operator wants it, so the search above can find']),
    row(
      'sees.search',
      ['web/core/session_test.ts', 'hello names the device, each time, when there is a token of the right size'],
      ['src/signal/client_message_test.cpp', 'Seek'],
    ),
    row('sees.pairs', ['src/lobby/lobby_rooms_test.cpp', 'DoNotMeetAgainForFiveMinutesThenMeetWithoutANewcomer']),
    row('sees.room', ['web/core/client_test.ts', 'what crosses in a room is not hidden from the server']),
    row('sees.relay', ['tests/program/suite.test.mjs', 'says what it is doing, to whoever asks on its machine']),
    row('sees.counts', ['src/signal/connection_test.cpp', 'CountsWhatPassed']),
  ],
};
