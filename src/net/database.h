// A thin hold on SQLite: statements that are finalized, transactions that are rolled
// back, errors with their reason. Files are private, and what is deleted is gone from
// them.
#pragma once

#include "base/bytes.h"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace vv::net {

/// One line that says what could not be done and why.
class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One prepared statement, good for one pass: bound in order, stepped, read.
class Statement {
public:
    Statement(sqlite3* database, std::string_view sql);

    template <std::integral Integer>
    Statement& bind(Integer value) {
        return bind_integer(static_cast<std::int64_t>(value));
    }
    Statement& bind(std::string_view text);
    Statement& bind(ByteView bytes);
    template <typename T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind_null();
    }
    /// True if there is a row.
    bool step();
    /// For statements that answer nothing.
    void run() { (void)step(); }

    // Columns of the present row, from 0.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] ByteBuffer bytes(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    Statement& bind_integer(std::int64_t value);
    Statement& bind_null();
    void check(int status) const;

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0;
};

class Database {
public:
    enum class Mode : std::uint8_t { kCreate, kExisting };
    /// Created with mode 0600; one that others may read is refused. Throws DatabaseError.
    Database(const std::filesystem::path& file, Mode mode);

    [[nodiscard]] Statement prepare(std::string_view sql) { return {database_.get(), sql}; }
    /// Any number of statements that take and answer nothing.
    void run(const char* sql);
    [[nodiscard]] std::int64_t last_row() const;
    /// Rows the last statement changed.
    [[nodiscard]] std::int64_t changes() const;

    /// Everything until commit() happens or nothing; takes the lock for writing at once.
    class Transaction {
    public:
        explicit Transaction(Database& database) : database_(&database) { database.run("BEGIN IMMEDIATE"); }
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;
        ~Transaction();
        void commit();

    private:
        Database* database_;
    };

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> database_;
};

} // namespace vv::net
