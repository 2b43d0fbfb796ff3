// Descriptions as Chromium 156 on Debian 12 makes them, with the addresses replaced by
// those of documentation (RFC 5737, 3849) and LF for CRLF.
#pragma once

#include <string_view>

namespace vv::sdp::test {

/// Camera, microphone and a data channel, bundled at most.
inline constexpr std::string_view kChromiumOffer = R"(v=0
o=- 3097275277035026050 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS a738bf62-122d-4b50-aff0-226570a85f97
m=audio 59786 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.0.2.1
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1414532637 1 udp 2122194687 192.0.2.1 59786 typ host generation 0 network-id 1
a=candidate:2671169533 1 udp 2122265343 2001:db8::1 51948 typ host generation 0 network-id 2
a=candidate:2868566665 1 tcp 1518214911 192.0.2.1 9 typ host tcptype active generation 0 network-id 1
a=candidate:1637620585 1 tcp 1518285567 2001:db8::1 9 typ host tcptype active generation 0 network-id 2
a=ice-ufrag:bpJW
a=ice-pwd:lySw7jEvn2OMzc/egIh5juSx
a=ice-options:trickle
a=fingerprint:sha-256 11:73:C3:C0:A4:DC:19:62:16:4A:A8:A0:B2:2F:7D:4F:3E:7A:8C:A2:D8:6D:A7:0F:BD:DA:CD:E1:31:56:D1:1E
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:a738bf62-122d-4b50-aff0-226570a85f97 cca6a461-71ac-4b73-b251-24531b1a25c7
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:1783700637 cname:Rq7Yt/U/vVMZKxOJ
a=ssrc:1783700637 msid:a738bf62-122d-4b50-aff0-226570a85f97 cca6a461-71ac-4b73-b251-24531b1a25c7
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117 39 40 45 46 98 99 100 101 118 119 120
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:bpJW
a=ice-pwd:lySw7jEvn2OMzc/egIh5juSx
a=ice-options:trickle
a=fingerprint:sha-256 11:73:C3:C0:A4:DC:19:62:16:4A:A8:A0:B2:2F:7D:4F:3E:7A:8C:A2:D8:6D:A7:0F:BD:DA:CD:E1:31:56:D1:1E
a=setup:actpass
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:13 urn:3gpp:video-orientation
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=sendrecv
a=msid:a738bf62-122d-4b50-aff0-226570a85f97 8961154f-85ae-4daf-a190-ffd03df7c25d
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 goog-remb
a=rtcp-fb:102 transport-cc
a=rtcp-fb:102 ccm fir
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rtpmap:104 H264/90000
a=rtcp-fb:104 goog-remb
a=rtcp-fb:104 transport-cc
a=rtcp-fb:104 ccm fir
a=rtcp-fb:104 nack
a=rtcp-fb:104 nack pli
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=rtpmap:107 rtx/90000
a=fmtp:107 apt=104
a=rtpmap:108 H264/90000
a=rtcp-fb:108 goog-remb
a=rtcp-fb:108 transport-cc
a=rtcp-fb:108 ccm fir
a=rtcp-fb:108 nack
a=rtcp-fb:108 nack pli
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:109 rtx/90000
a=fmtp:109 apt=108
a=rtpmap:114 H264/90000
a=rtcp-fb:114 goog-remb
a=rtcp-fb:114 transport-cc
a=rtcp-fb:114 ccm fir
a=rtcp-fb:114 nack
a=rtcp-fb:114 nack pli
a=fmtp:114 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:115 rtx/90000
a=fmtp:115 apt=114
a=rtpmap:116 H264/90000
a=rtcp-fb:116 goog-remb
a=rtcp-fb:116 transport-cc
a=rtcp-fb:116 ccm fir
a=rtcp-fb:116 nack
a=rtcp-fb:116 nack pli
a=fmtp:116 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
a=rtpmap:117 rtx/90000
a=fmtp:117 apt=116
a=rtpmap:39 H264/90000
a=rtcp-fb:39 goog-remb
a=rtcp-fb:39 transport-cc
a=rtcp-fb:39 ccm fir
a=rtcp-fb:39 nack
a=rtcp-fb:39 nack pli
a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f
a=rtpmap:40 rtx/90000
a=fmtp:40 apt=39
a=rtpmap:45 AV1/90000
a=rtcp-fb:45 goog-remb
a=rtcp-fb:45 transport-cc
a=rtcp-fb:45 ccm fir
a=rtcp-fb:45 nack
a=rtcp-fb:45 nack pli
a=fmtp:45 level-idx=5;profile=0;tier=0
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
a=rtpmap:98 VP9/90000
a=rtcp-fb:98 goog-remb
a=rtcp-fb:98 transport-cc
a=rtcp-fb:98 ccm fir
a=rtcp-fb:98 nack
a=rtcp-fb:98 nack pli
a=fmtp:98 profile-id=0
a=rtpmap:99 rtx/90000
a=fmtp:99 apt=98
a=rtpmap:100 VP9/90000
a=rtcp-fb:100 goog-remb
a=rtcp-fb:100 transport-cc
a=rtcp-fb:100 ccm fir
a=rtcp-fb:100 nack
a=rtcp-fb:100 nack pli
a=fmtp:100 profile-id=2
a=rtpmap:101 rtx/90000
a=fmtp:101 apt=100
a=rtpmap:118 red/90000
a=rtpmap:119 rtx/90000
a=fmtp:119 apt=118
a=rtpmap:120 ulpfec/90000
a=ssrc-group:FID 1515804747 2623222247
a=ssrc:1515804747 cname:Rq7Yt/U/vVMZKxOJ
a=ssrc:1515804747 msid:a738bf62-122d-4b50-aff0-226570a85f97 8961154f-85ae-4daf-a190-ffd03df7c25d
a=ssrc:2623222247 cname:Rq7Yt/U/vVMZKxOJ
a=ssrc:2623222247 msid:a738bf62-122d-4b50-aff0-226570a85f97 8961154f-85ae-4daf-a190-ffd03df7c25d
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:bpJW
a=ice-pwd:lySw7jEvn2OMzc/egIh5juSx
a=ice-options:trickle
a=fingerprint:sha-256 11:73:C3:C0:A4:DC:19:62:16:4A:A8:A0:B2:2F:7D:4F:3E:7A:8C:A2:D8:6D:A7:0F:BD:DA:CD:E1:31:56:D1:1E
a=setup:actpass
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
)";

/// A data channel alone.
inline constexpr std::string_view kChromiumDataOffer = R"(v=0
o=- 1126424533230842525 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=application 46748 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 192.0.2.1
a=candidate:604861889 1 udp 2122194687 192.0.2.1 46748 typ host generation 0 network-id 1
a=candidate:1000725701 1 udp 2122265343 2001:db8::1 34928 typ host generation 0 network-id 2
a=candidate:1519603916 1 tcp 1518214911 192.0.2.1 9 typ host tcptype active generation 0 network-id 1
a=candidate:1161558472 1 tcp 1518285567 2001:db8::1 9 typ host tcptype active generation 0 network-id 2
a=ice-ufrag:pLj+
a=ice-pwd:TTJmQMT6cHJiebsfw+dMP8rI
a=ice-options:trickle
a=fingerprint:sha-256 4F:DE:A1:3C:7B:E8:1B:42:17:80:5C:8D:09:EA:44:C2:AE:19:72:AB:04:E0:BB:B1:EB:F6:3E:BA:1A:DF:6D:8A
a=setup:actpass
a=mid:0
a=sctp-port:5000
a=max-message-size:262144
)";

/// A later round: the picture stopped, a data channel added, ICE restarted.
inline constexpr std::string_view kChromiumSecondOffer = R"(v=0
o=- 4782344521998299377 3 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 2
a=extmap-allow-mixed
a=msid-semantic: WMS a738bf62-122d-4b50-aff0-226570a85f97
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:fdER
a=ice-pwd:NEWBlm2vmXPJeGxOqr/J3/PI
a=ice-options:trickle
a=fingerprint:sha-256 BE:AC:81:83:9C:4D:39:27:D2:76:51:14:5D:0A:9B:48:EF:A0:8D:BE:D3:F6:13:E0:92:8F:1A:45:6D:F7:3B:BD
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:a738bf62-122d-4b50-aff0-226570a85f97 cca6a461-71ac-4b73-b251-24531b1a25c7
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:278731561 cname:7JgssIpOq8yzq8CT
a=ssrc:278731561 msid:a738bf62-122d-4b50-aff0-226570a85f97 cca6a461-71ac-4b73-b251-24531b1a25c7
m=video 0 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117 39 40 45 46 98 99 100 101 118 119 120
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:0rSl
a=ice-pwd:k1sOOA0tglIiCf9qn/2wGPHn
a=ice-options:trickle
a=fingerprint:sha-256 BE:AC:81:83:9C:4D:39:27:D2:76:51:14:5D:0A:9B:48:EF:A0:8D:BE:D3:F6:13:E0:92:8F:1A:45:6D:F7:3B:BD
a=setup:actpass
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:13 urn:3gpp:video-orientation
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=inactive
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 goog-remb
a=rtcp-fb:102 transport-cc
a=rtcp-fb:102 ccm fir
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rtpmap:104 H264/90000
a=rtcp-fb:104 goog-remb
a=rtcp-fb:104 transport-cc
a=rtcp-fb:104 ccm fir
a=rtcp-fb:104 nack
a=rtcp-fb:104 nack pli
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=rtpmap:107 rtx/90000
a=fmtp:107 apt=104
a=rtpmap:108 H264/90000
a=rtcp-fb:108 goog-remb
a=rtcp-fb:108 transport-cc
a=rtcp-fb:108 ccm fir
a=rtcp-fb:108 nack
a=rtcp-fb:108 nack pli
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:109 rtx/90000
a=fmtp:109 apt=108
a=rtpmap:114 H264/90000
a=rtcp-fb:114 goog-remb
a=rtcp-fb:114 transport-cc
a=rtcp-fb:114 ccm fir
a=rtcp-fb:114 nack
a=rtcp-fb:114 nack pli
a=fmtp:114 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:115 rtx/90000
a=fmtp:115 apt=114
a=rtpmap:116 H264/90000
a=rtcp-fb:116 goog-remb
a=rtcp-fb:116 transport-cc
a=rtcp-fb:116 ccm fir
a=rtcp-fb:116 nack
a=rtcp-fb:116 nack pli
a=fmtp:116 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
a=rtpmap:117 rtx/90000
a=fmtp:117 apt=116
a=rtpmap:39 H264/90000
a=rtcp-fb:39 goog-remb
a=rtcp-fb:39 transport-cc
a=rtcp-fb:39 ccm fir
a=rtcp-fb:39 nack
a=rtcp-fb:39 nack pli
a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f
a=rtpmap:40 rtx/90000
a=fmtp:40 apt=39
a=rtpmap:45 AV1/90000
a=rtcp-fb:45 goog-remb
a=rtcp-fb:45 transport-cc
a=rtcp-fb:45 ccm fir
a=rtcp-fb:45 nack
a=rtcp-fb:45 nack pli
a=fmtp:45 level-idx=5;profile=0;tier=0
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
a=rtpmap:98 VP9/90000
a=rtcp-fb:98 goog-remb
a=rtcp-fb:98 transport-cc
a=rtcp-fb:98 ccm fir
a=rtcp-fb:98 nack
a=rtcp-fb:98 nack pli
a=fmtp:98 profile-id=0
a=rtpmap:99 rtx/90000
a=fmtp:99 apt=98
a=rtpmap:100 VP9/90000
a=rtcp-fb:100 goog-remb
a=rtcp-fb:100 transport-cc
a=rtcp-fb:100 ccm fir
a=rtcp-fb:100 nack
a=rtcp-fb:100 nack pli
a=fmtp:100 profile-id=2
a=rtpmap:101 rtx/90000
a=fmtp:101 apt=100
a=rtpmap:118 red/90000
a=rtpmap:119 rtx/90000
a=fmtp:119 apt=118
a=rtpmap:120 ulpfec/90000
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:fdER
a=ice-pwd:NEWBlm2vmXPJeGxOqr/J3/PI
a=ice-options:trickle
a=fingerprint:sha-256 BE:AC:81:83:9C:4D:39:27:D2:76:51:14:5D:0A:9B:48:EF:A0:8D:BE:D3:F6:13:E0:92:8F:1A:45:6D:F7:3B:BD
a=setup:actpass
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
)";

/// Its answer to Firefox's offer.
inline constexpr std::string_view kChromiumAnswer = R"(v=0
o=- 7161464771320562400 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=msid-semantic: WMS 9bba08e1-9f1b-4292-97e0-9ea4c4e97774
m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Gx72
a=ice-pwd:SeY5bm/dRy9VGn6RtH3Yw0OB
a=ice-options:trickle
a=fingerprint:sha-256 03:0E:3B:74:60:8D:61:6E:44:BE:5A:03:EC:4E:AF:C8:5C:17:0B:7F:FE:A9:2E:1C:BB:D5:94:AB:B9:7F:59:EF
a=setup:active
a=mid:0
a=extmap-allow-mixed
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:9bba08e1-9f1b-4292-97e0-9ea4c4e97774 92d806af-73e9-41b7-9d97-650aee258395
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtcp-fb:109 transport-cc
a=fmtp:109 minptime=10;useinbandfec=1
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=ssrc:344392383 cname:Q53IiW0SOJLjHg8u
m=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Gx72
a=ice-pwd:SeY5bm/dRy9VGn6RtH3Yw0OB
a=ice-options:trickle
a=fingerprint:sha-256 03:0E:3B:74:60:8D:61:6E:44:BE:5A:03:EC:4E:AF:C8:5C:17:0B:7F:FE:A9:2E:1C:BB:D5:94:AB:B9:7F:59:EF
a=setup:active
a=mid:1
a=extmap-allow-mixed
a=extmap:5 urn:ietf:params:rtp-hdrext:toffset
a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:9bba08e1-9f1b-4292-97e0-9ea4c4e97774 064da85c-fa50-49db-8c37-bedc010aa606
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:120 VP8/90000
a=rtcp-fb:120 goog-remb
a=rtcp-fb:120 transport-cc
a=rtcp-fb:120 ccm fir
a=rtcp-fb:120 nack
a=rtcp-fb:120 nack pli
a=rtpmap:124 rtx/90000
a=fmtp:124 apt=120
a=rtpmap:121 VP9/90000
a=rtcp-fb:121 goog-remb
a=rtcp-fb:121 transport-cc
a=rtcp-fb:121 ccm fir
a=rtcp-fb:121 nack
a=rtcp-fb:121 nack pli
a=fmtp:121 profile-id=0
a=rtpmap:125 rtx/90000
a=fmtp:125 apt=121
a=rtpmap:99 AV1/90000
a=rtcp-fb:99 goog-remb
a=rtcp-fb:99 transport-cc
a=rtcp-fb:99 ccm fir
a=rtcp-fb:99 nack
a=rtcp-fb:99 nack pli
a=fmtp:99 level-idx=5;profile=0;tier=0
a=rtpmap:100 rtx/90000
a=fmtp:100 apt=99
a=rtpmap:123 ulpfec/90000
a=rtpmap:122 red/90000
a=rtpmap:119 rtx/90000
a=fmtp:119 apt=122
a=ssrc-group:FID 1501570780 224657509
a=ssrc:1501570780 cname:Q53IiW0SOJLjHg8u
a=ssrc:224657509 cname:Q53IiW0SOJLjHg8u
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:Gx72
a=ice-pwd:SeY5bm/dRy9VGn6RtH3Yw0OB
a=ice-options:trickle
a=fingerprint:sha-256 03:0E:3B:74:60:8D:61:6E:44:BE:5A:03:EC:4E:AF:C8:5C:17:0B:7F:FE:A9:2E:1C:BB:D5:94:AB:B9:7F:59:EF
a=setup:active
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
)";

} // namespace vv::sdp::test
