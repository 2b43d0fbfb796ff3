// Reports, and what bans and cooldowns mean for who looks for someone. A report ends
// the call at once; that it has been kept is said when it has been.
#include "lobby/machine.h"

#include <algorithm>
#include <utility>

namespace vv::lobby {

FormerCall Lobby::Machine::remembered(const Call& call, std::uint8_t member) {
    const Member& partner = call.members[1 - member];
    FormerCall former;
    former.partner = key_of(partner.id);
    former.meant = partner.person;
    former.knows_partner = partner.is_known;
    former.in_room = call.kind == CallKind::kRoom;
    former.room = call.room;
    former.was_accepted = call.is_standing();
    return former;
}

void Lobby::Machine::report(Instant now, Slot session, ReportCommand& command) {
    Session& s = sessions_[session];
    if (s.call != kNone && calls_[s.call].id == command.call) end_by(now, session, LeftReason::kLeft);
    FormerCall* const former = s.history ? s.history->find_call(now, command.call) : nullptr;
    if (former == nullptr) return refuse(session, ErrorCode::kNotMember, ClientType::kReport);
    // Before both have accepted nothing has come from the other that could be reported.
    if (!former->was_accepted) return refuse(session, ErrorCode::kNotAccepted, ClientType::kReport);
    if (former->report == ReportState::kFiled) return; // its answer is on the way
    if (former->report == ReportState::kKept) return tell(session, NotedEvent{command.call, ClientType::kReport});
    if (command.wait) {
        return tell(session, ErrorEvent{.code = ErrorCode::kRate,
                                        .about = ClientType::kReport,
                                        .id = {},
                                        .retry_after = command.wait,
                                        .excused = true});
    }
    if (!pass(now, session, s.rooms().reports, config_.reports, ClientType::kReport)) return;
    if (file_report(s, *former, command)) {
        former->report = ReportState::kFiled;
    } else {
        ++stats_.reports_not_kept;
        refuse(session, ErrorCode::kNotKept, ClientType::kReport);
    }
}

bool Lobby::Machine::file_report(const Session& reporter, const FormerCall& about, ReportCommand& command) {
    // Of a call from before a restart whose other member has not come back it is not known who that was.
    const auto marks = about.knows_partner ? guard_.marks(about.meant) : std::nullopt;
    if (!marks || pending_reports_.size() == kReportsPendingMax) return false;
    const std::uint64_t ticket = ++last_ticket_;
    // Only rooms have cooldowns, so only what happened there counts towards one.
    pending_reports_.emplace(ticket, PendingReport{reporter.id, command.call, reporter.person, about.meant.device,
                                                   command.category, about.in_room});
    filed_.push_back({ticket, command.category, std::move(command.note), about.room, *marks});
    return true;
}

std::optional<FiledReport> Lobby::Machine::poll_report() {
    if (next_filed_ == filed_.size()) {
        filed_.clear();
        next_filed_ = 0;
        return std::nullopt;
    }
    return std::move(filed_[next_filed_++]);
}

void Lobby::Machine::handle_report_kept(Instant now, std::uint64_t ticket, std::optional<safety::ReportId> report) {
    handle_timeout(now);
    const auto node = pending_reports_.extract(ticket);
    if (node.empty()) return;
    const PendingReport& pending = node.mapped();
    if (const auto session = find_session(pending.reporter)) {
        FormerCall* const former = sessions_[*session].past().find_call(now, pending.call);
        if (former != nullptr) former->report = report ? ReportState::kKept : ReportState::kUnsaid;
        answer_report(
            *session,
            report ? Event::Body(NotedEvent{pending.call, ClientType::kReport})
                   : Event::Body(ErrorEvent{
                         .code = ErrorCode::kNotKept, .about = ClientType::kReport, .id = {}, .retry_after = {}}));
    }
    if (!report) {
        ++stats_.reports_not_kept;
        return;
    }
    ++stats_.reports.at(static_cast<std::size_t>(pending.category));
    if (pending.counts && guard_.handle_report(now, *report, pending.person, pending.meant)) {
        ++stats_.cooldowns_begun;
        begin_recheck();
    }
}

void Lobby::Machine::answer_report(Slot session, Event::Body answer) {
    Session& s = sessions_[session];
    if (!s.is_away()) return tell(session, std::move(answer));
    if (s.rooms().answers.size() < kAnswersKeptMax) s.rooms().answers.push_back(std::move(answer));
}

void Lobby::Machine::handle_record(Instant now, safety::Record record) {
    handle_timeout(now);
    guard_.handle_record(now, std::move(record));
    begin_recheck();
}

std::optional<ErrorEvent> Lobby::Machine::seek_refusal(Instant now, const Session& session) {
    if (auto barred = bar(now, session)) return barred;
    const Instant next = session.last_seek + safety::kSlowedSeekTime;
    if (next <= now || !guard_.is_slowed(now, session.person.prefix)) return std::nullopt;
    ++stats_.seeks_slowed;
    return ErrorEvent{.code = ErrorCode::kRate, .about = ClientType::kSeek, .id = {}, .retry_after = next - now};
}

std::optional<ErrorEvent> Lobby::Machine::bar(Instant now, const Session& session) {
    const safety::Standing standing = guard_.standing(now, session.person.device);
    if (standing.kind == safety::Standing::Kind::kFree) return std::nullopt;
    const bool banned = standing.kind == safety::Standing::Kind::kBanned;
    ++(banned ? stats_.seeks_banned : stats_.seeks_cooldown);
    return ErrorEvent{.code = banned ? ErrorCode::kBanned : ErrorCode::kCooldown,
                      .about = ClientType::kSeek,
                      .id = {},
                      .retry_after = standing.until - now};
}

// A few sessions at a time: whom a hash names shows only when each has been hashed.
void Lobby::Machine::recheck_slice(Instant now) {
    if (!recheck_from_) return;
    const Slot end = std::min<Slot>(sessions_.end(), *recheck_from_ + kRecheckSlice);
    for (Slot slot = *recheck_from_; slot < end; ++slot)
        take_out(now, slot);
    recheck_from_ = end;
    if (end == sessions_.end()) recheck_from_.reset();
}

// Out of the line, or of an introduction that not both have accepted; a call that stands is not touched.
void Lobby::Machine::take_out(Instant now, Slot session) {
    const Session& s = sessions_[session];
    const bool is_introduced = s.place == Place::kInCall && !calls_[s.call].is_standing() && calls_[s.call].room;
    if (s.place != Place::kWaiting && !is_introduced) return;
    const auto refusal = bar(now, s);
    if (!refusal) return;
    if (is_introduced) {
        const CallId call = calls_[s.call].id;
        withdraw(now, s.call, s.member, LeftReason::kNotMet);
        tell(session, LeftEvent{call, LeftReason::kNotMet});
    } else {
        leave_line(now, session);
    }
    tell(session, *refusal);
}

} // namespace vv::lobby
