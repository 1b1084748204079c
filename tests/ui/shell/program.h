#pragma once

#include <QProcess>
#include <QString>

namespace fusionscope::tests {

inline const QString program = QString(FUSIONSCOPE_BINARY_DIR) + "/bin/fusionscope";
inline const QString beach = QString(FUSIONSCOPE_SOURCE_DIR) + "/resources/samples/world-beach.png";

/// Where the program draws on nothing and keeps its settings in a folder of the test.
inline QProcessEnvironment offscreen(const QString& settingsFolder) {
    auto result = QProcessEnvironment::systemEnvironment();
    result.insert("QT_QPA_PLATFORM", "offscreen");
    result.insert("XDG_CONFIG_HOME", settingsFolder);
    return result;
}

struct Run {
    int code = -1;
    QString out, err;
};

inline Run finished(QProcess& process, int milliseconds = 120'000) {
    if (!process.waitForFinished(milliseconds)) return {-1, {}, "it did not end"};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

}  // namespace fusionscope::tests
