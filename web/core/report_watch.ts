// A report on its way to the server. What goes out on a connection that breaks before the answer may or may not have arrived;
// what waits for the server goes out when this same session is back, and is lost with it.

export class ReportWatch {
  private report: { call: string; sent: boolean } | null = null;

  start(call: string, online: boolean): void {
    this.report = { call, sent: online };
  }

  handleNoted(call: string): void {
    if (this.report?.call === call) this.report = null;
  }

  /** Each of these gives the call whose report nobody can vouch for any more, or null. */
  handleUp(resumed: boolean): string | null {
    if (!resumed) return this.lose();
    if (this.report) this.report.sent = true;
    return null;
  }

  handleDown(): string | null {
    return this.report?.sent ? this.lose() : null;
  }

  lose(): string | null {
    const call = this.report?.call ?? null;
    this.report = null;
    return call;
  }
}
