#include "core/files/npy.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "core/files/zip.h"
#include "file_builders.h"

using namespace fusionscope;
using namespace fusionscope::files;
using namespace fusionscope::test;
namespace fs = std::filesystem;
using namespace std::string_literals;

class NpyTest : public QObject {
    Q_OBJECT

  private slots:
    void writesNumPysHeader_data();
    void writesNumPysHeader();
    void archiveHoldsTheSameBytes();
    void archiveStatesTheChecksumOfZip();
    void refusesTypesThatNumPyLacks();
    void leavesNothingBehindWhenUnfinished();

  private:
    fs::path path(const char* name) const { return fs::path(m_folder.path().toStdString()) / name; }
    QTemporaryDir m_folder;
};

void NpyTest::writesNumPysHeader_data() {
    QTest::addColumn<int>("type");
    QTest::addColumn<QList<int>>("shape");
    QTest::addColumn<QString>("dictionary");
    QTest::newRow("matrix") << int(DType::F32) << QList<int>{2, 3} << "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ), }";
    QTest::newRow("vector") << int(DType::I64) << QList<int>{5} << "{'descr': '<i8', 'fortran_order': False, 'shape': (5, ), }";
    QTest::newRow("scalar") << int(DType::U8) << QList<int>{} << "{'descr': '|u1', 'fortran_order': False, 'shape': (), }";
}

void NpyTest::writesNumPysHeader() {
    QFETCH(int, type);
    QFETCH(QList<int>, shape);
    QFETCH(QString, dictionary);
    const std::vector<int64_t> sizes(shape.begin(), shape.end());
    const auto dtype = static_cast<DType>(type);
    const std::string data(static_cast<std::size_t>(*byteCount(dtype, sizes)), 'v');
    writeNpy(path("a.npy"), dtype, sizes, std::as_bytes(std::span(data)));
    const auto bytes = readFile(path("a.npy"));
    QCOMPARE(bytes.substr(0, 8), "\x93NUMPY\x01\x00"s);
    const auto begin = 10U + static_cast<uint8_t>(bytes[8]) + 256U * static_cast<uint8_t>(bytes[9]);
    QCOMPARE(begin % 64, 0U);
    QCOMPARE(bytes[begin - 1], '\n');
    QCOMPARE(QString::fromStdString(bytes.substr(10, begin - 10)).trimmed(), dictionary);
    QCOMPARE(bytes.substr(begin), data);
}

void NpyTest::archiveHoldsTheSameBytes() {
    const std::vector<float> values{1, 2, 3};
    NpzWriter writer(path("a.npz"));
    writer.add("map", {3}, values);
    writer.add("tower/davit/stage3", {1, 3}, values);
    QVERIFY_EXCEPTION_THROWN(writer.add("map", {3}, values), Error);
    writer.finish();
    const auto mapped = MappedFile::open(path("a.npz"));
    const auto entries = readZip(*mapped);
    QCOMPARE(entries.size(), 2U);
    writeNpy(path("map.npy"), DType::F32, {3}, std::as_bytes(std::span(values)));
    const auto entry = entries.at("map.npy");
    QCOMPARE(std::string(reinterpret_cast<const char*>(entry.data()), entry.size()), readFile(path("map.npy")));
}

void NpyTest::archiveStatesTheChecksumOfZip() {
    const std::string text = "123456789";
    ZipWriter zip(path("check.zip"));
    zip.add("t", {std::as_bytes(std::span(text).first(4)), std::as_bytes(std::span(text).subspan(4))});
    zip.finish();
    QCOMPARE(readFile(path("check.zip")).substr(14, 4), bytesOf(uint32_t{0xCBF43926}));
}

void NpyTest::refusesTypesThatNumPyLacks() {
    const std::string data(2, '\0');
    QVERIFY_EXCEPTION_THROWN(writeNpy(path("b.npy"), DType::BF16, {1}, std::as_bytes(std::span(data))), Error);
    QVERIFY_EXCEPTION_THROWN(writeNpy(path("b.npy"), DType::F16, {2}, std::as_bytes(std::span(data))), Error);
    QVERIFY(!fs::exists(path("b.npy")));
}

void NpyTest::leavesNothingBehindWhenUnfinished() {
    {
        NpzWriter writer(path("half.npz"));
        writer.add("x", {1}, std::vector<float>{1});
    }
    QVERIFY(!fs::exists(path("half.npz")));
    QVERIFY(!fs::exists(path("half.npz.part")));
}

QTEST_GUILESS_MAIN(NpyTest)
#include "npy_test.moc"
