#include "net/database.h"

#include "net/unique_fd.h"

#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

constexpr int kBusyMilliseconds = 5000;

DatabaseError error_of(sqlite3* database) {
    if (database == nullptr) return DatabaseError("no memory");
    if (sqlite3_errcode(database) == SQLITE_BUSY) {
        return DatabaseError("another process holds it; try again when that has let go");
    }
    return DatabaseError(sqlite3_errmsg(database));
}

// SQLite gives its journal the mode of the database, which is why this file is made here and not by SQLite.
void open_private(const std::filesystem::path& file, Database::Mode mode) {
    const int flags = mode == Database::Mode::kCreate ? O_RDWR | O_CREAT : O_RDWR;
    const UniqueFd fd(::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd.is_open()) {
        throw DatabaseError("cannot open " + file.string() + ": " + std::generic_category().message(errno));
    }
    struct stat status{};
    if (::fstat(fd.value(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw DatabaseError("others on this machine may read " + file.string() + "; run: chmod 600 " + file.string());
    }
}

} // namespace

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
    statement_.reset(statement);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Statement::check(int status) const {
    if (status != SQLITE_OK) throw error_of(database_);
}

Statement& Statement::bind_integer(std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
    return *this;
}

Statement& Statement::bind_null() {
    check(sqlite3_bind_null(statement_.get(), ++bound_));
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    check(sqlite3_bind_text(statement_.get(), ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind(ByteView bytes) {
    check(
        sqlite3_bind_blob(statement_.get(), ++bound_, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT));
    return *this;
}

bool Statement::step() {
    const int status = sqlite3_step(statement_.get());
    if (status == SQLITE_ROW) return true;
    if (status != SQLITE_DONE) throw error_of(database_);
    return false;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
    return std::string(as_text(bytes(column)));
}

ByteBuffer Statement::bytes(int column) const {
    const auto* const data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return data == nullptr ? ByteBuffer() : ByteBuffer(data, data + size);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Database::Database(const std::filesystem::path& file, Mode mode) {
    open_private(file, mode);
    sqlite3* database = nullptr;
    const int status = sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    database_.reset(database);
    if (status != SQLITE_OK) throw error_of(database);
    sqlite3_busy_timeout(database, kBusyMilliseconds);
    // A journal that is deleted when a change is done, not a log that keeps pages of before; nothing in temporary
    // files.
    run("PRAGMA secure_delete = ON; PRAGMA journal_mode = DELETE; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;"
        "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
}

void Database::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

void Database::run(const char* sql) {
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw error_of(database_.get());
}

std::int64_t Database::last_row() const {
    return sqlite3_last_insert_rowid(database_.get());
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(database_.get());
}

Database::Transaction::~Transaction() {
    if (database_ == nullptr) return;
    // A failure here is the one that led here; SQLite rolls back by itself then, or at the next opening.
    sqlite3_exec(database_->database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::Transaction::commit() {
    database_->run("COMMIT");
    database_ = nullptr;
}

} // namespace vv::net
