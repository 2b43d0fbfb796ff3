// A connection that is left behind.

/** Nothing that it still says is heard. */
export function unwire(pc: RTCPeerConnection): void {
  pc.onicecandidate = pc.onconnectionstatechange = pc.oniceconnectionstatechange = pc.ontrack = null;
}
