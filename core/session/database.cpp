#include "core/session/database.h"

#include <QUuid>

#include "core/files/printable.h"

namespace fusionscope::session {

namespace {

// Primary result codes, see sqlite.org/rescode.html.
enum Code {
    Busy = 5,
    Locked = 6,
    OutOfMemory = 7,
    ReadOnlyFile = 8,
    InOut = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    NotADatabase = 26
};

const char* lockedProblem = "is locked by another program";
const char* lockedHint = "Close the program that uses it, then try again.";
const char* damagedProblem = "is damaged";
const char* damagedHint = "Start Fusionscope again: it sets the file aside and saves what can be read.";

}  // namespace

QString toQString(const std::filesystem::path& path) { return QString::fromStdU16String(path.u16string()); }
QString toQString(const std::string& text) { return QString::fromStdString(text); }

QVariant bound(qint64 value) { return value; }
QVariant bound(const QString& value) { return value.isNull() ? QString("") : value; }
QVariant bound(const QDateTime& value) {
    return value.isValid() ? QVariant(value.toMSecsSinceEpoch()) : QVariant(QMetaType::fromType<qint64>());
}
QVariant bound(const nlohmann::json& value) {
    return value.is_null() ? QVariant(QMetaType::fromType<QString>()) : QVariant(toQString(value.dump()));
}

bool Query::next() {
    if (m_query.next()) return true;
    if (m_query.lastError().isValid()) Database::refuse(m_query.lastError(), m_where);
    return false;
}

QDateTime Query::time(int column) const {
    const QVariant value = m_query.value(column);
    return value.isNull() ? QDateTime() : QDateTime::fromMSecsSinceEpoch(value.toLongLong(), Qt::UTC);
}

nlohmann::json Query::json(int column) const {
    const QVariant value = m_query.value(column);
    if (value.isNull()) return nullptr;
    const std::string text = value.toString().toStdString();
    auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return nullptr;
    return json;
}

Database::Database(std::filesystem::path file, Mode mode)
    : m_file(std::move(file)), m_name("fusionscope-" + QUuid::createUuid().toString(QUuid::WithoutBraces)) {
    if (!QSqlDatabase::isDriverAvailable("QSQLITE"))
        throw Error("Qt's SQLite driver is missing", m_file.string(),
                    "Install it (Debian: libqt6sql6-sqlite) and start again.");
    try {
        if (mode == Mode::Write) {
            connect(toQString(m_file), {});
            run("PRAGMA journal_mode = WAL").next();
            // In WAL mode only FULL promises that a committed turn survives a loss of power.
            run("PRAGMA synchronous = FULL");
            run("PRAGMA cell_size_check = ON");
        } else {
            connectForReading(mode);
        }
        run("PRAGMA foreign_keys = ON");
        // Room for the words of some ten thousand turns, so that a search does not read pages twice.
        run("PRAGMA cache_size = -32768");
    } catch (...) {
        m_connection = {};
        QSqlDatabase::removeDatabase(m_name);
        throw;
    }
}

void Database::connectForReading(Mode mode) {
    const auto begin = [&](const QString& name, const QString& options) {
        connect(name, options);
        // Lets SQLite read a file that is shorter than it should be.
        if (mode == Mode::Salvage) run("PRAGMA writable_schema = ON");
        run(mode == Mode::Salvage ? "PRAGMA cell_size_check = OFF" : "PRAGMA cell_size_check = ON");
        number("SELECT count(*) FROM sqlite_master");
    };
    try {
        begin(toQString(m_file), "QSQLITE_OPEN_READONLY;");
    } catch (const DamagedDatabase&) {
        throw;
    } catch (const Error&) {
        // Where not even the log's index can be made, nobody writes either.
        if (std::filesystem::exists(m_file.string() + "-wal")) throw;
        begin("file:" + QString::fromUtf8(toQString(m_file).toUtf8().toPercentEncoding("/")) + "?immutable=1",
              "QSQLITE_OPEN_READONLY;QSQLITE_OPEN_URI;");
    }
}

Database::~Database() {
    m_connection.close();
    m_connection = {};
    QSqlDatabase::removeDatabase(m_name);
}

void Database::connect(const QString& name, const QString& options) {
    if (m_connection.isValid()) {
        m_connection.close();
        m_connection = {};
        QSqlDatabase::removeDatabase(m_name);
    }
    m_connection = QSqlDatabase::addDatabase("QSQLITE", m_name);
    m_connection.setDatabaseName(name);
    m_connection.setConnectOptions(options + "QSQLITE_BUSY_TIMEOUT=800");
    if (!m_connection.open()) refuse(m_connection.lastError(), m_file.string());
}

Query Database::run(const QString& sql, const QVariantList& values) {
    QSqlQuery query(m_connection);
    query.setForwardOnly(true);
    prepare(query, sql);
    for (const QVariant& value : values) query.addBindValue(value);
    execute(query);
    return Query(std::move(query), m_file.string());
}

void Database::runScript(const QString& script) {
    for (const QString& statement : script.split(";\n", Qt::SkipEmptyParts))
        if (!statement.trimmed().isEmpty()) run(statement);
}

void Database::prepare(QSqlQuery& query, const QString& sql) const {
    if (!query.prepare(sql)) refuse(query.lastError(), m_file.string());
}

void Database::execute(QSqlQuery& query) const {
    if (!query.exec()) refuse(query.lastError(), m_file.string());
}

void Database::refuse(const QSqlError& error, const std::string& where) {
    // SQLite has no code of its own for a header that names a format which does not exist.
    if (error.databaseText().contains("unsupported file format"))
        throw DamagedDatabase(damagedProblem, where, damagedHint);
    switch (error.nativeErrorCode().toInt() & 0xff) {  // the rest of an extended code tells details
        case Busy:
        case Locked: throw Error(lockedProblem, where, lockedHint);
        case OutOfMemory: throw Error("could not be read: there is no memory left", where, "Close other programs.");
        case ReadOnlyFile:
            throw Error("cannot be written: the file or its folder is read-only", where,
                        "Change its permissions, or choose another folder for the history.");
        case Full: throw Error("cannot be written: the disk is full", where, "Free some space, then try again.");
        case InOut:
            throw Error("cannot be read or written: the disk is full, gone or failing", where,
                        "Check the disk and the free space, then try again.");
        case CannotOpen:
            throw Error("cannot be opened", where, "Check that its folder exists and that you may write to it.");
        case Corrupt:
        case NotADatabase:
            throw DamagedDatabase(damagedProblem, where, damagedHint);
        default:
            throw Error("SQLite refused a step: " + files::printable(error.databaseText().toStdString()), where);
    }
}

Transaction::~Transaction() {
    if (m_committed) return;
    try {
        m_database.run("ROLLBACK");
    } catch (const Error&) {
        // SQLite has rolled back by itself, as it does after a full disk.
    }
}

void Transaction::commit() {
    m_database.run("COMMIT");
    m_committed = true;
}

}  // namespace fusionscope::session
