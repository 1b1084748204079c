#include "core/text/utf8.h"

#include <QtTest>

#include "core/text/unicode.h"
#include "golden.h"

using namespace fusionscope;
using namespace fusionscope::text;

class Utf8Test : public QObject {
    Q_OBJECT

  private slots:
    void replacesEveryMaximalInvalidSubpart() {
        for (const auto& row : golden::readLines(golden::folder("tokenizers") / "invalid-utf8.jsonl")) {
            const std::string bytes = QByteArray::fromHex(QByteArray::fromStdString(row["hex"])).toStdString();
            const std::string expected = row["replaced"];
            QCOMPARE(QString::fromStdString(toValidUtf8(bytes)), QString::fromStdString(expected));
            QCOMPARE(isValidUtf8(bytes), bytes == expected);
            QVERIFY(isValidUtf8(expected));
        }
    }

    void readsBackEveryCodePoint() {
        for (char32_t value = 0; value <= 0x10FFFF; ++value) {
            std::string text;
            appendCodePoint(text, value);
            const CodePoint point = readCodePoint(text, 0);
            const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
            QVERIFY(point.valid && point.size == text.size());
            QVERIFY(point.value == (surrogate ? 0xFFFD : value));
            // Every beginning of the character is incomplete and nothing else.
            for (std::size_t size = 1; size < text.size(); ++size) {
                const CodePoint part = readCodePoint(text.substr(0, size), 0);
                QVERIFY(!part.valid && part.incomplete && part.size == size);
                QVERIFY(completePrefix(text.substr(0, size)) == 0);
            }
            QVERIFY(completePrefix(text) == text.size());
        }
    }

    void keepsBackOnlyWhatCanStillBecomeACharacter_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("complete");
        QTest::newRow("empty") << QByteArray() << 0;
        QTest::newRow("ascii") << QByteArray("abc") << 3;
        QTest::newRow("lead byte") << QByteArray("a\xC3") << 1;
        QTest::newRow("three of four") << QByteArray("a\xF0\x9F\x98") << 1;
        QTest::newRow("lone continuation") << QByteArray("a\x80") << 2;
        QTest::newRow("four continuations") << QByteArray("\x80\x80\x80\x80") << 4;
        QTest::newRow("half surrogate") << QByteArray("\xED\xA0") << 2;
        QTest::newRow("never a lead byte") << QByteArray("\xFF") << 1;
        QTest::newRow("beyond Unicode") << QByteArray("\xF4\x90") << 2;
    }
    void keepsBackOnlyWhatCanStillBecomeACharacter() {
        QFETCH(QByteArray, bytes);
        QFETCH(int, complete);
        QCOMPARE(completePrefix(bytes.toStdString()), static_cast<std::size_t>(complete));
    }

    void convertsUtf16() {
        QCOMPARE(fromUtf16(u"a\u00e9\u4e00"), std::string("aé一"));
        QCOMPARE(fromUtf16(QString("😀x").toStdU16String()), std::string("😀x"));
        const char16_t lone[] = {0xD83D, 'x', 0xDE00, 0xD83D};
        QCOMPARE(fromUtf16(std::u16string_view(lone, 4)), std::string("\uFFFDx\uFFFD\uFFFD"));
    }

    void knowsWhiteSpace() {
        std::vector<char32_t> found;
        for (char32_t value = 0; value <= 0x10FFFF; ++value) {
            if (isWhitespace(value)) found.push_back(value);
        }
        const std::vector<char32_t> expected = {0x9,    0xA,    0xB,    0xC,    0xD,    0x20,   0x85,   0xA0,  0x1680,
                                                0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
                                                0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
        QVERIFY(found == expected);
        QCOMPARE(stripRight(stripLeft("\u3000 a b\u00a0\n", isWhitespace), isWhitespace), std::string_view("a b"));
        QCOMPARE(stripLeft(" \n", isWhitespace), std::string_view());
    }

    void normalises_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("accents") << "e\u0301 \u1E9B\u0323 \uFB01";
        QTest::newRow("order of marks") << "a\u0323\u0307 a\u0307\u0323";
        QTest::newRow("Hangul") << "\u1112\u1161\u11AB 한";
        QTest::newRow("compatibility") << "①ﷺ½Å";
    }
    void normalises() {
        QFETCH(QString, text);
        const auto same = [&](NormalForm form, QString::NormalizationForm reference) {
            QCOMPARE(QString::fromStdString(normalised(text.toStdString(), form)), text.normalized(reference));
        };
        same(NormalForm::NFC, QString::NormalizationForm_C);
        same(NormalForm::NFD, QString::NormalizationForm_D);
        same(NormalForm::NFKC, QString::NormalizationForm_KC);
        same(NormalForm::NFKD, QString::NormalizationForm_KD);
    }
};

QTEST_GUILESS_MAIN(Utf8Test)
#include "utf8_test.moc"
