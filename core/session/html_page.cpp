#include <QCoreApplication>
#include <QSet>

#include "core/files/error.h"
#include "core/session/media_store.h"
#include "core/session/page.h"

namespace fusionscope::session {

namespace {

constexpr std::string_view documentBegin = "<script type=\"application/json\" id=\"fusionscope-conversation\">";
constexpr std::string_view documentEnd = "</script>";
constexpr std::string_view pictureBegin = "<img data-sha256=\"";
constexpr std::string_view base64Begin = ";base64,";

constexpr const char* style = R"(
:root { color-scheme: light dark; --paper: #FAFAF8; --ink: #1C1D1F; --line: #D9D8D3; --accent: #0F766E; }
@media (prefers-color-scheme: dark) { :root { --paper: #1E1F22; --ink: #E7E6E2; --line: #3A3C41; --accent: #2DD4BF; } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
       max-width: 48rem; margin: 0 auto; padding: 32px 16px; }
h1 { font-size: 24px; line-height: 1.25; overflow-wrap: anywhere; }
article { border-top: 1px solid var(--line); padding: 16px 0; }
header { font-size: 13px; opacity: .8; }
header b { color: var(--accent); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0; }
figure { margin: 8px 0; }
img { max-width: 100%; border-radius: 6px; }
figcaption, footer, summary { font-size: 13px; opacity: .8; }
pre { overflow-x: auto; font-size: 13px; border: 1px solid var(--line); border-radius: 6px; padding: 8px; }
)";

QString translated(const char* text) { return QCoreApplication::translate("Export", text); }

QByteArray escaped(const QString& text) { return text.toHtmlEscaped().toUtf8(); }

/// A picture the first time, a link to it afterwards, its name when its bytes are missing.
void writePicture(const AttachedPicture& picture, const Document& document, QSet<QString>& shown,
                  const Append& append) {
    const QByteArray name = escaped(picture.name), hash = picture.hash.toUtf8();
    const auto bytes = document.pictures.constFind(picture.hash);
    if (bytes == document.pictures.constEnd()) {
        append("<figure><figcaption>" + name + ' ' + escaped(translated("(the picture is missing)")) +
               "</figcaption></figure>\n");
    } else if (shown.contains(picture.hash)) {
        append("<figure><figcaption><a href=\"#" + hash + "\">" + name + "</a></figcaption></figure>\n");
    } else {
        shown.insert(picture.hash);
        append("<figure id=\"" + hash + "\"><img data-sha256=\"" + hash + "\" alt=\"" + name + "\" src=\"data:" +
               mediaTypeOf(*bytes).toUtf8() + ";base64,");
        append(bytes->toBase64());
        append("\"><figcaption>" + name + "</figcaption></figure>\n");
    }
}

void writeTurn(const Turn& turn, const Document& document, QSet<QString>& shown, const Append& append) {
    append("<article class=\"turn\"><header><b>" + escaped(speaker(turn)) + "</b> <time>" +
           turn.created.toUTC().toString("yyyy-MM-dd HH:mm").toUtf8() + " UTC</time></header>\n");
    for (const AttachedPicture& picture : turn.pictures) writePicture(picture, document, shown, append);
    append("<div class=\"text\">" + escaped(turn.text) + "</div>\n");
    if (turn.state != TurnState::Complete)
        append("<footer>" + escaped(translated("This answer was interrupted.")) + "</footer>\n");
    if (!turn.result.is_null())
        append("<details><summary>" + escaped(translated("Result")) + "</summary><pre>" +
               escaped(QString::fromStdString(turn.result.dump(1))) + "</pre></details>\n");
    append("</article>\n");
}

}  // namespace

void writeHtml(const Document& document, const Append& append) {
    const Conversation& conversation = document.conversation;
    const QByteArray title = escaped(conversation.info.title);
    // Whatever a text holds, the page may neither run nor fetch anything.
    append("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" "
           "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
           title + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n");
    const auto path = conversation.activePath();
    QSet<QString> shown;
    for (const Turn* turn : path) writeTurn(*turn, document, shown, append);
    if (path.size() < conversation.turns.size())
        append("<footer>" +
               escaped(translated("This page shows the chosen branch; the others come back when Fusionscope imports "
                                  "it.")) +
               "</footer>\n");

    // Pictures that only other branches show, for the way back.
    Document rest;
    rest.conversation = conversation;
    rest.tokens = document.tokens;
    for (const auto& [hash, bytes] : document.pictures.asKeyValueRange())
        if (!shown.contains(hash)) rest.pictures.insert(hash, bytes);
    QByteArray json = QByteArray::fromStdString(toJson(rest).dump());
    json.replace("<", "\\u003c");  // only texts hold one
    append(QByteArray(documentBegin.data(), static_cast<qsizetype>(documentBegin.size())) + json + "</script>\n");
    append("</body>\n</html>\n");
}

Document readHtml(std::string_view page, const std::string& where) {
    const auto begin = page.rfind(documentBegin);
    if (begin == page.npos)
        throw Error("is no conversation of Fusionscope", where, "Choose a page that Fusionscope exported.");
    const auto from = begin + documentBegin.size();
    const auto end = page.find(documentEnd, from);
    if (end == page.npos) throw Error("ends inside the conversation", where, "The file is truncated; fetch it again.");
    Document document = documentFromJson(files::parseJson(page.substr(from, end - from), where, documentLimits), where);

    std::string_view shown = page.substr(0, begin);
    for (auto at = shown.find(pictureBegin); at != shown.npos; at = shown.find(pictureBegin)) {
        shown.remove_prefix(at + pictureBegin.size());
        const auto name = shown.substr(0, 64);
        const QString hash = QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
        const auto data = shown.find(base64Begin), close = shown.find("\">");
        if (!isHash(hash) || data == shown.npos || close == shown.npos || close < data)
            throw Error("holds a picture that is cut off", where, "The file is damaged; export it again.");
        const auto base64 = shown.substr(data + base64Begin.size(), close - data - base64Begin.size());
        document.pictures.insert(
            hash, pictureFromBase64(QByteArray(base64.data(), static_cast<qsizetype>(base64.size())), hash, where));
        shown.remove_prefix(close);
    }
    return document;
}

}  // namespace fusionscope::session
