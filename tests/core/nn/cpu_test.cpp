#include "core/nn/cpu.h"

#include <QtTest>

using namespace fusionscope;

class Cpu : public QObject {
    Q_OBJECT

  private slots:
    void fastBf16IsWhatTheProcessorSays() {
        QFile file("/proc/cpuinfo");
        if (!file.open(QIODevice::ReadOnly)) QSKIP("no /proc/cpuinfo on this system");
        const QByteArray flags = file.readAll();
        QCOMPARE(nn::cpuHasFastBf16(), flags.contains(" amx_bf16") || flags.contains(" avx512_bf16"));
    }

    void emulatedTypesAreMultipliedInFp32() {
        QVERIFY(nn::fastProductType(c10::kFloat) == c10::kFloat);
        QVERIFY(nn::fastProductType(c10::kBFloat16) == (nn::cpuHasFastBf16() ? c10::kBFloat16 : c10::kFloat));
    }
};

QTEST_GUILESS_MAIN(Cpu)
#include "cpu_test.moc"
