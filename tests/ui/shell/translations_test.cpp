#include <QDir>
#include <QFile>
#include <QMap>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

/// Promises of resources/translations/*.ts. FUSIONSCOPE_LUPDATE names Qt's program that collects texts from sources.
class TranslationsTest : public QObject {
    Q_OBJECT

  private slots:
    void holdsEveryTextOfTheSourcesAndNoOther();
    void leavesNothingUnfinished_data() { listFiles(); }
    void leavesNothingUnfinished();
    void keepsPlaceholders_data() { listFiles(); }
    void keepsPlaceholders();
    void keepsWhatIsNoLanguage_data() { listFiles(); }
    void keepsWhatIsNoLanguage();

  private:
    void listFiles();
};

namespace {

const QString folder = QString(FUSIONSCOPE_SOURCE_DIR) + "/resources/translations";

struct Message {
    QString context, source, comment;
    bool counts = false;   // has a form for each number
    QString type;          // "unfinished", "vanished", "obsolete"; empty when it is done
    QStringList forms;     // translations: one, or one for each number
    auto key() const { return context + " | " + source + " | " + comment + (counts ? " | %n" : ""); }
};

QList<Message> read(const QString& file) {
    QFile source(file);
    if (!source.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&source);
    QList<Message> messages;
    Message message;
    while (!xml.atEnd()) {
        const auto token = xml.readNext();
        const auto name = xml.name();
        if (token == QXmlStreamReader::EndElement && name == u"message") messages.append(message);
        if (token != QXmlStreamReader::StartElement) continue;
        if (name == u"name") {
            message.context = xml.readElementText();
        } else if (name == u"message") {
            message = {message.context, {}, {}, xml.attributes().value("numerus") == u"yes", {}, {}};
            message.type = xml.attributes().value("type").toString();
        } else if (name == u"source") {
            message.source = xml.readElementText();
        } else if (name == u"comment") {
            message.comment = xml.readElementText();
        } else if (name == u"translation") {
            message.type = xml.attributes().value("type").toString();
            if (!message.counts) message.forms = {xml.readElementText()};
        } else if (name == u"numerusform") {
            message.forms.append(xml.readElementText());
        }
    }
    return xml.hasError() ? QList<Message>() : messages;
}

QStringList keysOf(const QList<Message>& messages) {
    QStringList keys;
    for (const auto& message : messages) keys.append(message.key());
    keys.sort();
    return keys;
}

QStringList missingIn(const QStringList& some, const QStringList& all) {
    QStringList missing;
    for (const auto& key : all)
        if (!some.contains(key)) missing.append(key);
    return missing;
}

/// All that a pattern finds in a text, in alphabetical order.
QStringList found(const QRegularExpression& pattern, const QString& text) {
    QStringList result;
    for (auto matches = pattern.globalMatch(text); matches.hasNext();) result.append(matches.next().captured());
    result.sort();
    return result;
}

/// "%1" and "%n"; a translation may want the number as its language writes it, "%L1".
QStringList placeholders(QString text) {
    static const QRegularExpression place("%(\\d+|n)");
    return found(place, text.replace("%L", "%"));
}

}  // namespace

void TranslationsTest::listFiles() {
    QTest::addColumn<QString>("file");
    const auto files = QDir(folder).entryList({"*.ts"});
    QVERIFY(files.size() >= 2);
    for (const auto& file : files) QTest::newRow(qPrintable(file)) << folder + '/' + file;
}

void TranslationsTest::holdsEveryTextOfTheSourcesAndNoOther() {
    QTemporaryDir copies;
    const auto files = QDir(folder).entryList({"*.ts"});
    for (const auto& file : files) QVERIFY(QFile::copy(folder + '/' + file, copies.filePath(file)));
    QProcess update;
    update.start(folder + "/update", {FUSIONSCOPE_LUPDATE, copies.path()});
    QVERIFY(update.waitForFinished(120'000));
    QVERIFY2(update.exitCode() == 0, update.readAllStandardError().constData());
    for (const auto& file : files) {
        const auto kept = keysOf(read(folder + '/' + file)), wanted = keysOf(read(copies.filePath(file)));
        QVERIFY(!wanted.isEmpty());
        const auto advice = file + ": build the target `translations` and translate what is new.\n";
        QVERIFY2(missingIn(kept, wanted).isEmpty(), qPrintable(advice + "New:\n" + missingIn(kept, wanted).join('\n')));
        QVERIFY2(missingIn(wanted, kept).isEmpty(), qPrintable(advice + "Gone:\n" + missingIn(wanted, kept).join('\n')));
    }
}

void TranslationsTest::leavesNothingUnfinished() {
    QFETCH(QString, file);
    const auto messages = read(file);
    QVERIFY(!messages.isEmpty());
    for (const auto& message : messages) {
        QVERIFY2(message.type.isEmpty(), qPrintable(message.type + ": " + message.key()));
        QCOMPARE(message.forms.size(), message.counts ? 2 : 1);
        for (const auto& form : message.forms) QVERIFY2(!form.isEmpty(), qPrintable("empty: " + message.key()));
    }
}

void TranslationsTest::keepsPlaceholders() {
    QFETCH(QString, file);
    for (const auto& message : read(file))
        for (const auto& form : message.forms)
            QVERIFY2(placeholders(form) == placeholders(message.source), qPrintable(message.key() + " -> " + form));
}

void TranslationsTest::keepsWhatIsNoLanguage() {
    QFETCH(QString, file);
    static const QRegularExpression filter("\\*\\.\\w+"), mnemonic("&\\w"), lines("\n"), more("…$");
    for (const auto& message : read(file))
        for (const auto& form : message.forms) {
            const auto what = qPrintable(message.key() + " -> " + form);
            QVERIFY2(found(filter, form) == found(filter, message.source), what);
            QVERIFY2(found(mnemonic, form).size() == found(mnemonic, message.source).size(), what);
            QVERIFY2(found(lines, form).size() == found(lines, message.source).size(), what);
            QVERIFY2(found(more, form).size() == found(more, message.source).size(), what);
        }
}

QTEST_GUILESS_MAIN(TranslationsTest)
#include "translations_test.moc"
