#include "core/files/safetensors.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "file_builders.h"

using namespace fusionscope;
using namespace fusionscope::files;
using namespace fusionscope::test;
namespace fs = std::filesystem;

class SafetensorsTest : public QObject {
    Q_OBJECT

  private slots:
    void givesBackWhatWasWritten_data();
    void givesBackWhatWasWritten();
    void writesTensorsInAnyOrder();
    void leavesNothingBehindWhenUnfinished();
    void refusesToWriteWhatCannotBeRead();
    void keepsTheOldFileUntilTheNewIsComplete();
    void mapsInsteadOfCopying();
    void readsMisalignedScalarAndEmptyTensors();
    void readsEveryGoldenFile();

  private:
    fs::path path(const char* name) const { return fs::path(m_folder.path().toStdString()) / name; }
    QTemporaryDir m_folder;
};

void SafetensorsTest::givesBackWhatWasWritten_data() {
    QTest::addColumn<int>("type");
    for (const auto type : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16, DType::I8,
                            DType::U8, DType::Bool})
        QTest::newRow(name(type)) << static_cast<int>(type);
}

void SafetensorsTest::givesBackWhatWasWritten() {
    QFETCH(int, type);
    const auto dtype = static_cast<DType>(type);
    std::vector<std::byte> bytes(static_cast<std::size_t>(6 * blockSize(dtype).bytes));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + 1);
    const Metadata metadata{{"format", "pt"}, {"naïve \"key\"", "line\nbreak"}};
    writeSafetensors(path("a.safetensors"), {{{"x.ü", dtype, {2, 3}}, bytes}, {{"byte", DType::U8, {1}}, std::span(bytes).first(1)}},
                     metadata);

    const auto file = readSafetensors(path("a.safetensors"));
    QVERIFY(file.metadata == metadata);
    QCOMPARE(file.tensors.size(), 2U);
    const auto& entry = file.tensors.at("x.ü");
    QVERIFY(entry.dtype == dtype);
    QCOMPARE(entry.shape, (std::vector<int64_t>{2, 3}));
    QVERIFY(std::equal(entry.bytes.begin(), entry.bytes.end(), bytes.begin(), bytes.end()));
    QCOMPARE(reinterpret_cast<uintptr_t>(entry.bytes.data()) % static_cast<uintptr_t>(blockSize(dtype).bytes), uintptr_t{0});
    QCOMPARE(entry.file, path("a.safetensors").string());
}

void SafetensorsTest::writesTensorsInAnyOrder() {
    const std::vector<float> first{1, 2}, second{3};
    SafetensorsWriter writer(path("order.safetensors"), {{"a", DType::F32, {2}}, {"b", DType::F32, {1}}, {"none", DType::F32, {0, 4}}});
    writer.write("b", std::as_bytes(std::span(second)));
    writer.write("a", std::as_bytes(std::span(first)));
    writer.finish();
    const auto tensors = readSafetensors(path("order.safetensors")).tensors;
    QVERIFY(std::memcmp(tensors.at("a").bytes.data(), first.data(), 8) == 0);
    QVERIFY(std::memcmp(tensors.at("b").bytes.data(), second.data(), 4) == 0);
    QCOMPARE(tensors.at("none").bytes.size(), 0U);
}

void SafetensorsTest::leavesNothingBehindWhenUnfinished() {
    {
        SafetensorsWriter writer(path("half.safetensors"), {{"a", DType::F32, {2}}});
        QVERIFY_EXCEPTION_THROWN(writer.finish(), Error);
    }
    QVERIFY(!fs::exists(path("half.safetensors")));
    QVERIFY(!fs::exists(path("half.safetensors.part")));
}

void SafetensorsTest::refusesToWriteWhatCannotBeRead() {
    const auto write = [&](const std::vector<TensorHeader>& headers) { SafetensorsWriter(path("bad.safetensors"), headers); };
    QVERIFY_EXCEPTION_THROWN(write({{"a", DType::F32, {1}}, {"a", DType::F32, {1}}}), Error);
    QVERIFY_EXCEPTION_THROWN(write({{"a", DType::Q4_0, {32}}}), Error);
    QVERIFY_EXCEPTION_THROWN(write({{"a", DType::F32, {-1}}}), Error);
    QVERIFY_EXCEPTION_THROWN(write({{"\xff", DType::F32, {1}}}), Error);
    QVERIFY_EXCEPTION_THROWN(write({{"__metadata__", DType::F32, {1}}}), Error);
    QVERIFY_EXCEPTION_THROWN(SafetensorsWriter(path("no/such/folder/x.safetensors"), {}), Error);
}

void SafetensorsTest::keepsTheOldFileUntilTheNewIsComplete() {
    const std::vector<float> value{1};
    writeSafetensors(path("kept.safetensors"), {{{"old", DType::F32, {1}}, std::as_bytes(std::span(value))}});
    { SafetensorsWriter abandoned(path("kept.safetensors"), {{"new", DType::F32, {1}}}); }
    QVERIFY(readSafetensors(path("kept.safetensors")).tensors.contains("old"));
}

void SafetensorsTest::mapsInsteadOfCopying() {
    const std::vector<float> values(1000, 1.0F);
    writeSafetensors(path("map.safetensors"), {{{"a", DType::F32, {500}}, std::as_bytes(std::span(values).first(500))},
                                               {{"b", DType::F32, {500}}, std::as_bytes(std::span(values).last(500))}});
    auto tensors = readSafetensors(path("map.safetensors")).tensors;
    const auto a = tensors.at("a");
    QVERIFY(a.owner == tensors.at("b").owner);
    QVERIFY(a.bytes.data() + a.bytes.size() == tensors.at("b").bytes.data());
    tensors.clear();  // the entry alone keeps the mapping
    QCOMPARE(static_cast<int>(a.bytes.back()), 0x3f);
}

void SafetensorsTest::readsMisalignedScalarAndEmptyTensors() {
    const std::string header = std::string("{") + declared("byte", "U8", "1", "0,1") + "," + declared("scalar", "F32", "", "1,5") + "," +
                               declared("empty", "F32", "0,1000000000000", "5,5") + R"(,"__metadata__":{}}   )";
    writeFile(path("odd.safetensors"), safetensors(header, std::string("\x07") + floats({2.5F})));
    const auto tensors = readSafetensors(path("odd.safetensors")).tensors;
    float value = 0;
    std::memcpy(&value, tensors.at("scalar").bytes.data(), 4);
    QCOMPARE(value, 2.5F);
    QVERIFY(tensors.at("scalar").shape.empty());
    QCOMPARE(tensors.at("scalar").elements(), 1);
    QCOMPARE(tensors.at("empty").elements(), 0);

    writeFile(path("nothing.safetensors"), safetensors("{}", ""));
    QVERIFY(readSafetensors(path("nothing.safetensors")).tensors.empty());
}

void SafetensorsTest::readsEveryGoldenFile() {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(FUSIONSCOPE_SOURCE_DIR) / "tests/golden")) {
        if (entry.path().extension() != ".safetensors") continue;
        const auto file = readSafetensors(entry.path());
        QVERIFY(!file.tensors.empty());
        ++files;
    }
    QVERIFY(files >= 10);
}

QTEST_GUILESS_MAIN(SafetensorsTest)
#include "safetensors_test.moc"
