#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "core/files/error.h"
#include "core/session/store.h"

using namespace fusionscope;
using namespace fusionscope::session;

class MediaStoreTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir m_home;
    int m_folders = 0;
    std::filesystem::path folder() { return m_home.filePath(QString::number(++m_folders)).toStdString(); }

    static TurnContent shows(const QString& hash) {
        TurnContent content;
        content.pictures = {{hash, "picture", 1, 1, 1, nullptr}};
        return content;
    }
    static void overwrite(const std::filesystem::path& file, const char* text) { std::ofstream(file) << text; }

  private slots:
    void namesAPictureByItsBytes() {
        MediaStore media(folder());
        // FIPS 180-2, appendix B.1
        const QString hash = media.add("abc");
        QCOMPARE(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        QCOMPARE(media.add("abc"), hash);
        QCOMPARE(media.read(hash), "abc");
        QVERIFY(media.has(hash));
        QVERIFY(!media.has(hashOf("abd")));
    }

    void refusesNamesThatLeadElsewhere() {
        MediaStore media(folder());
        for (const char* name : {"", "../../../etc/passwd", "ab", "/etc/passwd"}) {
            QVERIFY(!media.has(name));
            QVERIFY_EXCEPTION_THROWN(media.path(name), Error);
            QVERIFY_EXCEPTION_THROWN(media.read(name), Error);
        }
        const QString capitals = hashOf("abc").toUpper();
        QVERIFY_EXCEPTION_THROWN(media.path(capitals), Error);
    }

    void tellsThatAPictureIsMissingOrChanged() {
        MediaStore media(folder());
        const QString hash = media.add("abc");
        overwrite(media.path(hash), "abd");
        QVERIFY_EXCEPTION_THROWN(media.read(hash), Error);
        media.add("abc");  // mends it
        QCOMPARE(media.read(hash), "abc");
        std::filesystem::remove(media.path(hash));
        QVERIFY_EXCEPTION_THROWN(media.read(hash), Error);
    }

    void keepsPicturesAsLongAsATurnRefersToThem() {
        const auto where = folder();
        const QDateTime later = QDateTime::currentDateTimeUtc().addSecs(60);
        QString shared, single, draft;
        ConversationId one = 0, two = 0;
        {
            Store store(where);
            shared = store.media().add("shared"), single = store.media().add("single");
            one = store.create("one").id, two = store.create("two").id;
            store.append(one, 0, shows(shared));
            store.append(one, 0, shows(single));
            store.append(two, 0, shows(shared));
            store.remove(one);
            store.purge(QDateTime::currentDateTimeUtc().addSecs(-60));  // nothing is that old
            draft = store.media().add("draft");
            store.purge(later);
            QVERIFY(store.media().has(single));  // a draft may still show what this session added
            QVERIFY(store.media().has(draft));
        }
        Store store(where);
        overwrite(store.media().path(shared).string() + ".part", "left by a killed process");
        store.purge(later);
        QVERIFY(store.media().has(shared));
        QVERIFY(!store.media().has(single));
        QVERIFY(!store.media().has(draft));
        QVERIFY(!std::filesystem::exists(store.media().path(shared).string() + ".part"));
        QVERIFY_EXCEPTION_THROWN(store.load(one), Error);
        QCOMPARE(store.media().read(store.load(two).turns.front().pictures.front().hash), "shared");
    }

    void keepsPicturesThatADeletedConversationMayBringBack() {
        const auto where = folder();
        QString hash;
        ConversationId id = 0;
        {
            Store store(where);
            hash = store.media().add("undo");
            id = store.create("undo").id;
            store.append(id, 0, shows(hash));
            store.remove(id);
        }
        Store store(where);
        store.purge(QDateTime::currentDateTimeUtc().addSecs(-60));
        store.restore(id);
        QCOMPARE(store.media().read(hash), "undo");
    }
};

QTEST_GUILESS_MAIN(MediaStoreTest)
#include "media_store_test.moc"
