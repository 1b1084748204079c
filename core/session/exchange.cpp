#include "core/session/exchange.h"

#include <QSet>
#include <system_error>

#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/files/output_file.h"
#include "core/session/database.h"
#include "core/session/page.h"

namespace fusionscope::session {

namespace fs = std::filesystem;

namespace {

constexpr auto largestFile = static_cast<qint64>(documentLimits.bytes);

[[noreturn]] void refuseLarge(const fs::path& file) {
    throw Error(concat("would be larger than ", largestFile >> 20, " MB and could not be read again"), file.string(),
                "Export it as Markdown, which keeps pictures in files of their own.");
}

Document gather(const Store& store, ConversationId id) {
    Document document;
    document.conversation = store.load(id);
    for (const Turn& turn : document.conversation.turns) {
        document.tokens.push_back(store.tokens(turn.id));
        for (const AttachedPicture& picture : turn.pictures) try {
                if (!document.pictures.contains(picture.hash))
                    document.pictures.insert(picture.hash, store.media().read(picture.hash));
            } catch (const Error&) {
                // A picture that is gone or damaged does not keep the words from being exported.
            }
    }
    return document;
}

void requireRoom(const Document& document, const fs::path& file) {
    qint64 bytes = 0;
    for (const QByteArray& picture : document.pictures) bytes += picture.size() / 3 * 4;
    if (bytes > largestFile) refuseLarge(file);
}

std::span<const std::byte> bytesOf(const QByteArray& bytes) {
    return std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size())));
}

void writeFile(const fs::path& file, const QByteArray& bytes) {
    files::OutputFile output(file);
    output.append(bytesOf(bytes));
    output.commit();
}

void exportMarkdown(const Document& document, const fs::path& file, const Append& append) {
    const QString folderName = toQString(file.stem()) + "-pictures";
    const fs::path folder = file.parent_path() / folderName.toStdString();
    QSet<QString> written;
    for (const Turn* turn : document.conversation.activePath())
        for (const AttachedPicture& picture : turn->pictures) {
            const QByteArray bytes = document.pictures.value(picture.hash);
            if (bytes.isNull() || written.contains(picture.hash)) continue;
            std::error_code error;
            fs::create_directories(folder, error);
            writeFile(folder / (picture.hash + fileEnding(bytes)).toStdString(), bytes);
            written.insert(picture.hash);
        }
    writeMarkdown(document, folderName, append);
}

Document importMarkdown(const fs::path& file, std::string_view page) {
    // A link leads to a folder beside the page and to a file that is named by its own bytes, nowhere else.
    const auto readPicture = [&](const QString& folder, const QString& name) -> QByteArray {
        if (folder == ".." || folder == "." || folder.contains(u'/')) return {};
        const fs::path picture = file.parent_path() / folder.toStdString() / name.toStdString();
        std::error_code error;
        if (!fs::is_regular_file(picture, error)) return {};
        const auto mapped = files::MappedFile::open(picture);
        const QByteArray bytes(mapped->text().data(), static_cast<qsizetype>(mapped->text().size()));
        if (hashOf(bytes) != name.left(64))
            throw Error("does not hold the bytes that its name states", picture.string(),
                        "The picture was changed; export the conversation again.");
        return bytes;
    };
    return readMarkdown(page, file.string(), readPicture);
}

}  // namespace

Document readConversationFile(const fs::path& file) {
    const auto mapped = files::MappedFile::open(file);
    if (mapped->bytes().size() > documentLimits.bytes)
        throw Error(concat("is larger than ", largestFile >> 20, " MB, which no exported conversation is"),
                    file.string(), "Choose a file that Fusionscope exported.");
    const QString ending = toQString(file.extension()).toLower();
    if (ending == ".json")
        return documentFromJson(files::parseJson(mapped->text(), mapped->where(), documentLimits), mapped->where());
    if (ending == ".html" || ending == ".htm") return readHtml(mapped->text(), mapped->where());
    if (ending == ".md" || ending == ".markdown") return importMarkdown(file, mapped->text());
    throw Error("has no ending that says what it is", file.string(),
                "Conversations are imported from files that end in .json, .html or .md.");
}

void exportConversation(const Store& store, ConversationId conversation, Format format, const fs::path& file) {
    const Document document = gather(store, conversation);
    if (format != Format::Markdown) requireRoom(document, file);
    files::OutputFile output(file);
    const Append append = [&](const QByteArray& bytes) { output.append(bytesOf(bytes)); };
    switch (format) {
        case Format::Json: append(QByteArray::fromStdString(toJson(document).dump())); break;
        case Format::Html: writeHtml(document, append); break;
        case Format::Markdown: exportMarkdown(document, file, append); break;
    }
    if (format != Format::Markdown && output.size() > documentLimits.bytes) refuseLarge(file);
    output.commit();
}

ConversationInfo importConversation(Store& store, const fs::path& file) {
    const Document document = readConversationFile(file);
    for (const QByteArray& picture : document.pictures) store.media().add(picture);
    return store.add(document.conversation, document.tokens);
}

}  // namespace fusionscope::session
