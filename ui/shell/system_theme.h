#pragma once

#include <QObject>

class QDBusVariant;

namespace fusionscope::ui {

/// Whether the desktop is dark: what the XDG settings portal says, or, where there is none, the palette that the platform
/// gave the program.
class SystemTheme : public QObject {
    Q_OBJECT

  public:
    /// Asks the portal without waiting. To be made before the application's palette is changed.
    explicit SystemTheme(QObject* parent = nullptr);

    bool isDark() const { return m_dark; }

  signals:
    void changed(bool dark);

  private slots:
    void settingChanged(const QString& space, const QString& key, const QDBusVariant& value);

  private:
    void take(const QVariant& colourScheme);

    bool m_dark;
};

}  // namespace fusionscope::ui
