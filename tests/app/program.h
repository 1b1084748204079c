#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QProcess>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>

/// What one run of the built terminal program came to.
struct ProgramRun {
    bool ended = false;      ///< by itself, not by a signal or the time limit
    int code = -1;
    QByteArray out, err;
    double seconds = 0;
};

/// The arguments with one thread to compute with, for the commands that compute: tests run side by side, and threads
/// that wait for each other on busy cores are many times slower than one.
inline QStringList inOneThread(QStringList arguments) {
    static const QStringList computing = {"chat", "task", "trace", "maps", "align", "ablate", "demo", "evaluate"};
    if (!arguments.isEmpty() && computing.contains(arguments.first())) arguments.insert(1, "--threads=1");
    return arguments;
}

/// Runs fusionscope-cli as a person would. @param input what is typed or piped in
inline ProgramRun runProgram(const QStringList& arguments, const QByteArray& input = {}, int limitSeconds = 120) {
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    process.setProcessEnvironment(environment);
    QElapsedTimer timer;
    timer.start();
    process.start(QStringLiteral(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli"), inOneThread(arguments));
    process.write(input);
    process.closeWriteChannel();
    ProgramRun run;
    if (process.waitForFinished(limitSeconds * 1000)) {
        run.ended = process.exitStatus() == QProcess::NormalExit;
        run.code = process.exitCode();
    } else {
        process.kill();
        process.waitForFinished();
    }
    run.seconds = static_cast<double>(timer.elapsed()) / 1000;
    run.out = process.readAllStandardOutput();
    run.err = process.readAllStandardError();
    return run;
}

/// A file or folder of the source tree.
inline QString source(const QString& path) { return QStringLiteral(FUSIONSCOPE_SOURCE_DIR "/") + path; }
