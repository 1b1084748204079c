#include "ui/shell/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QSettings>

namespace fusionscope::ui {

namespace {

constexpr auto key = "appearance/language";

/// "de" of "de-AT".
QString languageOf(const QString& tag) { return tag.section('-', 0, 0); }

QString languageOfSystem() {
    for (const auto& tag : QLocale::system().uiLanguages())
        if (Language::all().contains(languageOf(tag))) return languageOf(tag);
    return Language::all().front();
}

}  // namespace

const QStringList& Language::all() {
    static const QStringList languages{"en", "de"};
    return languages;
}

QString Language::nameOf(const QString& language) {
    static const QHash<QString, QString> names{{"en", "English"}, {"de", "Deutsch"}};
    return names.value(language);
}

QString Language::chosen() {
    const auto language = QSettings().value(key).toString();
    return all().contains(language) ? language : QString();
}

void Language::choose(const QString& language) { QSettings().setValue(key, language); }

Language::Language(const QString& language) : m_name(language.isEmpty() ? languageOfSystem() : language) {
    // A person who reads another language than the system's expects its numbers too; else the system knows them best.
    if (languageOf(QLocale::system().bcp47Name()) != m_name) QLocale::setDefault(QLocale(m_name));
    // English too: it holds the plurals.
    if (m_own.load("fusionscope_" + m_name, ":/translations")) QCoreApplication::installTranslator(&m_own);
    if (m_qt.load("qtbase_" + m_name, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&m_qt);
}

}  // namespace fusionscope::ui
