#pragma once

#include <QString>
#include <QStringList>
#include <QTranslator>

namespace fusionscope::ui {

/// The language of all texts, chosen once before the first of them is made: by the person's setting, else by the system.
/// Numbers and dates follow it. Texts of Qt's own dialogs come from Qt's translations where the system has them.
class Language {
  public:
    /// The languages that there are texts in, as "en".
    static const QStringList& all();
    /// What a person who speaks it calls it: "Deutsch".
    static QString nameOf(const QString& language);

    /// What the person chose for every start; empty for the system's language.
    static QString chosen();
    /// From the next start on. @param language one of all(), or empty for the system's
    static void choose(const QString& language);

    /// Installs the texts in the application.
    /// @param language one of all(); empty for the system's, or for English where there are no texts in that
    explicit Language(const QString& language);

    const QString& name() const { return m_name; }

  private:
    QString m_name;
    QTranslator m_own, m_qt;
};

}  // namespace fusionscope::ui
