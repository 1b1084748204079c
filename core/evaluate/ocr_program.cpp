#include "core/evaluate/ocr_program.h"

#include <QBuffer>
#include <QProcess>
#include <QStandardPaths>

#include "core/files/error.h"

namespace fusionscope::evaluate {

namespace {

constexpr int limitMilliseconds = 60'000;

/// What the program writes, or nothing when it fails.
std::optional<QByteArray> runTesseract(const QStringList& arguments, const QByteArray& input) {
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("OMP_THREAD_LIMIT"), QStringLiteral("1"));  // its threads only slow small pictures down
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral("tesseract"), arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(limitMilliseconds) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        return std::nullopt;
    return process.readAllStandardOutput();
}

}  // namespace

std::optional<OcrProgram> OcrProgram::find() {
    if (QStandardPaths::findExecutable(QStringLiteral("tesseract")).isEmpty()) return std::nullopt;
    const auto written = runTesseract({QStringLiteral("--version")}, {});
    if (!written) return std::nullopt;
    OcrProgram program;
    program.m_version = written->left(written->indexOf('\n')).trimmed().toStdString();
    return program;
}

std::string OcrProgram::read(const QImage& picture) const {
    QByteArray png;
    QBuffer buffer(&png);
    picture.scaled(picture.size() * 3, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).save(&buffer, "PNG");
    // 11: text anywhere, in no order of a page.
    const auto written = runTesseract({QStringLiteral("stdin"), QStringLiteral("stdout"), QStringLiteral("--psm"),
                                       QStringLiteral("11"), QStringLiteral("-l"), QStringLiteral("eng")},
                                      png);
    if (!written) throw Error("could not read a picture", "tesseract", "Is the package tesseract-ocr-eng installed?");
    return written->toStdString();
}

}  // namespace fusionscope::evaluate
