#pragma once

#include <QDateTime>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/files/error.h"

namespace fusionscope::session {

/// SQLite says that the file is damaged or is no database.
class DamagedDatabase : public Error {
    using Error::Error;
};

QString toQString(const std::filesystem::path& path);
QString toQString(const std::string& text);

/// Values as SQLite keeps them. A null text becomes the empty text, null JSON becomes NULL.
QVariant bound(qint64 value);
QVariant bound(const QString& value);
QVariant bound(const QDateTime& value);  ///< milliseconds since 1970, NULL when invalid
QVariant bound(const nlohmann::json& value);
inline QVariant bound(const QVariant& value) { return value; }
/// A reference to another row: NULL for 0.
inline QVariant reference(qint64 id) { return id == 0 ? QVariant(QMetaType::fromType<qint64>()) : QVariant(id); }

/// The rows of one statement.
class Query {
  public:
    Query(QSqlQuery query, const std::string& where) : m_query(std::move(query)), m_where(where) {}

    /// @throws Error when reading failed
    bool next();
    qint64 integer(int column) const { return m_query.value(column).toLongLong(); }
    QString text(int column) const { return m_query.value(column).toString(); }
    QDateTime time(int column) const;
    /// Null when the column is NULL or holds no JSON.
    nlohmann::json json(int column) const;
    qint64 lastId() const { return m_query.lastInsertId().toLongLong(); }
    int changes() const { return m_query.numRowsAffected(); }

  private:
    QSqlQuery m_query;
    std::string m_where;
};

/// A connection to one SQLite file; every failure is an Error whose sentence says what to do.
class Database {
  public:
    enum class Mode {
        Write,
        Read,    ///< without writing anything, also from a disk that is read-only
        Salvage  ///< the same, as far as the file is not too damaged for it
    };
    Database(std::filesystem::path file, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::filesystem::path& file() const { return m_file; }

    template <class... Values>
    Query run(const QString& sql, const Values&... values) {
        QSqlQuery query(m_connection);
        query.setForwardOnly(true);
        prepare(query, sql);
        (query.addBindValue(bound(values)), ...);
        execute(query);
        return Query(std::move(query), m_file.string());
    }
    Query run(const QString& sql, const QVariantList& values);
    /// One number; 0 when there is no row.
    template <class... Values>
    qint64 number(const QString& sql, const Values&... values) {
        Query query = run(sql, values...);
        return query.next() ? query.integer(0) : 0;
    }
    /// Several statements, none of which holds a semicolon elsewhere than at its end (";\n").
    void runScript(const QString& script);

    [[noreturn]] static void refuse(const QSqlError& error, const std::string& where);

  private:
    void connect(const QString& name, const QString& options);
    void connectForReading(Mode mode);
    void prepare(QSqlQuery& query, const QString& sql) const;
    void execute(QSqlQuery& query) const;

    std::filesystem::path m_file;
    QString m_name;
    QSqlDatabase m_connection;
};

/// Everything between its making and commit(), or nothing.
class Transaction {
  public:
    explicit Transaction(Database& database) : m_database(database) { database.run("BEGIN IMMEDIATE"); }
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& m_database;
    bool m_committed = false;
};

}  // namespace fusionscope::session
