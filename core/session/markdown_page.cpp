#include <QCoreApplication>
#include <QRegularExpression>
#include <QUrl>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/session/media_store.h"
#include "core/session/page.h"
#include "core/session/turn_json.h"

namespace fusionscope::session {

namespace {

const QRegularExpression turnLine("^<!-- turn: (\\w+) -->$");
const QRegularExpression pictureLine("^!\\[(.*)\\]\\(([^/()]+)/([0-9a-f]{64})(\\.\\w+)\\)$");
/// A line of a text that would be read as one of ours.
const QRegularExpression ambiguous("^\\\\*(<!-- turn: |!\\[)");

QString oneLine(const QString& text) { return text.simplified(); }

QString altText(const QString& name) {
    QString text = oneLine(name);
    return text.replace(u'[', u'(').replace(u']', u')');
}

/// @param lines of the turn, its first line being the speaker
Turn turnFrom(const QStringList& lines, Document& document,
              const std::function<QByteArray(const QString&, const QString&)>& readPicture) {
    Turn turn;
    qsizetype line = std::min<qsizetype>(2, lines.size());  // speaker and an empty line
    const qsizetype firstPicture = line;
    for (; line < lines.size(); ++line) {
        const auto match = pictureLine.match(lines[line]);
        if (!match.hasMatch()) break;
        AttachedPicture picture;
        picture.name = match.captured(1);
        picture.hash = match.captured(3);
        const QByteArray bytes =
            readPicture(QUrl::fromPercentEncoding(match.captured(2).toUtf8()), picture.hash + match.captured(4));
        picture.bytes = bytes.size();
        if (!bytes.isNull()) document.pictures.insert(picture.hash, bytes);
        turn.pictures.push_back(picture);
    }
    if (line > firstPicture) ++line;  // the empty line after the pictures
    QStringList text = lines.mid(line);
    for (QString& row : text)
        if (row.startsWith(u'\\') && ambiguous.match(row).hasMatch()) row.remove(0, 1);
    turn.text = text.join(u'\n');
    return turn;
}

}  // namespace

QString speaker(const Turn& turn) {
    switch (turn.role) {
        case Role::System: return QCoreApplication::translate("Export", "System");
        case Role::User: return QCoreApplication::translate("Export", "You");
        case Role::Task: return QCoreApplication::translate("Export", "Task");
        case Role::Assistant: break;
    }
    return turn.model.name.isEmpty() ? QCoreApplication::translate("Export", "Model") : turn.model.name;
}

QString fileEnding(const QByteArray& picture) {
    const QString type = mediaTypeOf(picture).section(u'/', 1);
    return type == "octet-stream" ? ".bin" : type == "jpeg" ? ".jpg" : u'.' + type;
}

void writeMarkdown(const Document& document, const QString& pictureFolder, const Append& append) {
    append("# " + oneLine(document.conversation.info.title).toUtf8() + "\n\n");
    for (const Turn* turn : document.conversation.activePath()) {
        append("<!-- turn: " + toText(turn->role).toUtf8() + " -->\n**" + oneLine(speaker(*turn)).toUtf8() + "**, " +
               turn->created.toUTC().toString("yyyy-MM-dd HH:mm").toUtf8() + " UTC\n\n");
        for (const AttachedPicture& picture : turn->pictures)
            append("![" + altText(picture.name).toUtf8() + "](" + QUrl::toPercentEncoding(pictureFolder) +
                   '/' + picture.hash.toUtf8() + fileEnding(document.pictures.value(picture.hash)).toUtf8() + ")\n");
        if (!turn->pictures.empty()) append("\n");
        QStringList rows = turn->text.split(u'\n');
        for (QString& row : rows)
            if (ambiguous.match(row).hasMatch()) row.prepend(u'\\');
        append(rows.join(u'\n').toUtf8() + "\n\n");
    }
}

Document readMarkdown(std::string_view page, const std::string& where,
                      const std::function<QByteArray(const QString& folder, const QString& name)>& readPicture) {
    if (!files::isUtf8(page)) throw Error("is not UTF-8 text", where, "Save it as UTF-8 and try again.");
    const QStringList lines = QString::fromUtf8(page.data(), static_cast<qsizetype>(page.size())).split(u'\n');
    Document document;
    Conversation& conversation = document.conversation;
    const QDateTime now = QDateTime::currentDateTimeUtc();
    conversation.info.created = conversation.info.changed = now;
    if (lines.first().startsWith("# ")) conversation.info.title = lines.first().mid(2);
    qsizetype begin = 0;
    while (begin < lines.size() && !turnLine.match(lines[begin]).hasMatch()) ++begin;
    if (begin == lines.size())
        throw Error("holds no turns of a conversation", where, "Choose a file that Fusionscope exported.");
    while (begin < lines.size()) {
        const auto role = roleOf(turnLine.match(lines[begin]).captured(1));
        if (!role) throw Error("line " + files::inQuotes(lines[begin].toStdString()) + " names no role", where);
        qsizetype end = begin + 1;
        while (end < lines.size() && !turnLine.match(lines[end]).hasMatch()) ++end;
        // Each turn ends with an empty line, the last one also with the file's last line break.
        const qsizetype frame = end == lines.size() ? 2 : 1;
        QStringList rows = lines.mid(begin + 1, end - begin - 1);
        for (qsizetype i = 0; i < frame && !rows.isEmpty() && rows.last().isEmpty(); ++i) rows.removeLast();
        Turn turn = turnFrom(rows, document, readPicture);
        turn.role = *role;
        turn.created = now;
        turn.id = static_cast<TurnId>(conversation.turns.size()) + 1;
        turn.parent = turn.id - 1;
        conversation.add(std::move(turn));
        document.tokens.emplace_back();
        begin = end;
    }
    return document;
}

}  // namespace fusionscope::session
