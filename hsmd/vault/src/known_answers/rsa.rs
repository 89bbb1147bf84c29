//! Known answers of RSA.

use hsm_algorithms::{Algorithm, Digest};

use super::{KnownAnswer, Sample, Test, TestKey, hex};

/// The private key of Wycheproof, `rsa_oaep_2048_sha256_mgf1sha256_test`.
pub(super) const RSA_2048: TestKey = TestKey::Pkcs8(hex!(
    "308204bd020100300d06092a864886f70d0101010500048204a7308204a30201000282010100a2b451a07d0aa5f96e455671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b469429e89d6eac8845097b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff8f17e1a029397a1fa26a8dce26f490ed81299615d9814c22da610428e09c7d9658594266f5c021d0fceca08d945a12be82de4d1ece6b4c03145b5d3495d4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a1969816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf7820283f742b9d502030100010282010024cdc62317f5d72a6f6ba6cc9632899b01d1ff28867d72f61688995bc855a4e420a8405250089bdb13cf8e09543827b748b9d27fbb2b4d9e20af8c5a6a862796d1a4cc18ad16ea678bc1bd4a83bbbe9c5e57453b5ce7388e41a3ba4ce2b77b4438a229e954f720dae0353dc088ac8a76b26dc276f8e1b7851ddd6398ad16ff2e78195123b9b036e945c38c9d12434f6df76fe22359eb3e1ac9c011678fc926fad3ae475a4fffff55feb2d147e9c894f4c0e29a599e762462482d968bf42780945fc0d2c31c573c4431b8f4fe8b8c67bec815abd44f7a86edca1c2308737358d2c2ae5e2e0e2dadf730980262377e58b13b7d9992060a0bc870ccfdb4a9319ee102818100dc431050f782e894fb5248247d98cb7d58b8d1e24f3b55d041c56e4de086b0d5bb028bda42eeb5d234d5681e5809d415e6a289ad4cfbf78f978f6c35814f50eebff1c5b80a69f788e81e6bab5ddaa78369d659d143ec6f17e79813a575cfad9c569156b90113e2e9110ad9e7b48a1c9348a6e653321191290ea36cfb3a5b18f102818100bd1a81e7977f9898122273ae3222b598ea5fb19eb4eabc38308a5e32196603b2e500ffb79f5b886816611debc472fac45544070beb057c941378a6868af3b7a03d3f9880ec47d5e089b94fbde542aba9ae8d72c57088d7abf5b131f39098f7bc160f90536abc9492fd4e06f3ed7299d4b97bb03677207d95669f140cfbc20f2502818100a94b528b28f291599121d91952ffd1c7f21d7c1479d99d478885fb161870ee1218bf08472612dbe5497e8d9c650688e09c786961ae3e2c354dc48ae34514759c4c23c4588488961dc06b414e61c0e1e7fbbd2923d31532fe289f96da220711e58c14019808e00414276933bb07e4efb9b4a9b37656917205209f33f09515d7c10281803af0e72a933aef09ff2503df78bafed531c02ff1a2bc437c540cdcbd4ad35435cf511763596543480629b114ca7f780ff7efa32ea0cb6e000d6d9ea1f2ef71fd9cf9948422a165557e37e755edfe70d90b920502eb478bc98a63f788ce3a0f856d6ede7251a383bfa8fa480a81a925af7b3cc538c4bab8c9f7597ffb68011d8d0281802640fbfbcfefb163ee7a87b6483a66ee41f956d90fa8a7939bfc042ee0924b1b7993d0445f758d51933e85179c0320b0c968b48a91c38b5be923e1097c0c562f88d42294b6a2759bafa5428a74f1270874e45f6fcc60f21602de5eccd143cf31241f5921b5ad3983fb54ef17be3b285367e50c999c67247b552fe4bfce945f7b"
));
/// The private key of Wycheproof, `rsa_pkcs1_2048_test`.
const RSA_2048_PKCS1: TestKey = TestKey::Pkcs8(hex!(
    "308204bd020100300d06092a864886f70d0101010500048204a7308204a30201000282010100b3510a2bcd4ce644c5b594ae5059e12b2f054b658d5da5959a2fdf1871b808bc3df3e628d2792e51aad5c124b43bda453dca5cde4bcf28e7bd4effba0cb4b742bbb6d5a013cb63d1aa3a89e02627ef5398b52c0cfd97d208abeb8d7c9bce0bbeb019a86ddb589beb29a5b74bf861075c677c81d430f030c265247af9d3c9140ccb65309d07e0adc1efd15cf17e7b055d7da3868e4648cc3a180f0ee7f8e1e7b18098a3391b4ce7161e98d57af8a947e201a463e2d6bbca8059e5706e9dfed8f4856465ffa712ed1aa18e888d12dc6aa09ce95ecfca83cc5b0b15db09c8647f5d524c0f2e7620a3416b9623cadc0f097af573261c98c8400aa12af38e43cad84d0203010001028201001a502d0eea6c7b69e21d5839101f705456ed0ef852fb47fe21071f54c5f33c8ceb066c62d727e32d26c58137329f89d3195325b795264c195d85472f7507dbd0961d2951f935a26b34f0ac24d15490e1128a9b7138915bc7dbfa8fe396357131c543ae9c98507368d9ceb08c1c6198a3eda7aea185a0e976cd42c22d00f003d9f19d96ea4c9afcbfe1441ccc802cfb0689f59d804c6a4e4f404c15174745ed6cb8bc88ef0b33ba0d2a80e35e43bc90f350052e72016e75b00d357a381c9c0d467069ca660887c987766349fcc43460b4aa516bce079edd87ba164307b752c277ed9528ad3ba0bf1877349ed3b7966a6c240110409bf4d0fade0c68fdadd847fd02818100ec125cf37e310a2ff46263b9b2e0629d6390005ec88913d4fb71bd4dd856124498aaeba983d7ba2bd942e64d223feb7a23af4d605efeea6bd70d39afe99d35a3aa15e74a1768778093be0edd4a8d09b2def6dc9b67ff85764625c2e19236db4c401ce30a2572d3ecb4f969b7ad19c522c02d774465676e1a3776c54d6248348b02818100c2742abcd9897bd4b0b671f973fc82a8f84abf5705ff88dd41948623afe9dca60dc6543390767feaebeb539576ee8bfa61b5fcbca94a7cef75a09150c540fa9694dd8004ad23718c889049219369c99f4458d4afc148f6f07df87324a96d9cf7b385dd8622414a1832f9f29446f050c2d5a6407649dc41ab70e23b3dcc22c9870281810096a9798d250263400bb6277342881627e07cecdf91187b01b89ff47314188a7c20fb24800156d2c85d5666e8df6ceff9f9804ddfad80ff5767de56ecc029c72bf6c717df9f64daafc29acf9dc7908f9a0ad67e20e8949936ccba18d021a2c4febb04349a2b2047c4901385b6e5d0c691d118b33f81802b32ac272ef09e42fad50281800554f41b0b87f68a45722b3be0cf4ab1e165034c1a91002ab8f29e9ef9e2dab6fee7b2455bafb42037e9d2f7e533f348a147412fd72080be7c2633f5d802c91c39e6bcece3e675e59995033c55737020dad9e8b30d04b828adfb9304ad54a11a35a4f50709876ac5b118236ba76a4d7c9a291dd9607b169de1d182385691999f0281801c640189d9bfe8c623833210a76c420c6f44e5d760e259916cec2ae2b156456960fd95e2747660c389562250f055049cfab7e5c3039549384a7a2aaeb1c824d3af709482a8cf9b587022a00b1f0722db50f33cb26dc20dd2245d5265df61ee2983c938c2167dcee121fc4b4479c237e728cf633ab60a8c0ecd04fce7e3baa559"
));

/// The rows.
pub(super) const RSA: &[KnownAnswer] = &[
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha1,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "8841cc2f642f5e28f4e6d2e6bf9d167d10c5f785c0cf764cfa5e7b006c57951c9e938a6b870c4eca5dab57d438224915940d031677d4b2eff676a21a03d7c7a20e7295590bbfbd19fb2d186e517c547c2f8a461e957d710bd4c5338172920e85cfd51a7ce5d21c305d486fde2dcbc403435ea150e13bffc2d8f0c870c623a4d503222413292eccd56c22b3389896a4c2ba02df7d1c699c48b93788c00aa138bb56b0c82118e4f7cf7d0233f80af0240eb79d36dceb01f1e320d1b30d6eb2d0303c283a5286d3051001e870bea997fb9ac96b6c0ed65937acc3a1d6eb47debfad23aec0599990690362591541f2b4c86a81bb1c56518df7f3bacc9e08f2f08d97"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha224,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "6e21d21ed8b9266f6ba125cede94a3e5a272315ec94b65834328cd28c72b0040f9fb2f309fa3667d8b61522b5cfd000d5583b2c464ed3dc2b6e234aab3611e38a2030bfdddd98b0d4a1e3de930aba9fe75d3476535b85a626b19fc01dc92b7b6664dfda86015022e2eb1b36bef434dd765793168fd458e3ef6ee3bb3a26205f0fa365ae732217a1c74569f5654e170f910e0afd2b9d53e2939c674a3f9535608606d8b4a940ac4d88a05bdf7c3bbffce593d639fe3eb67edbe338521ddeee09c0d9e03651bc73a78c14eb3982a49ad0b0ac47a62a12100088d5dc2488aeb2545553900ef5d7c0c39196b53e0c25a6a96e1489ef7d03d62de457659e27cab2ca6"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha224,
        source: "Wycheproof, rsa_signature_2048_sha224_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100c32cd0e1441fde8a2896ca3a133735be2d1010777cfc739afc77b6daa66f367d4876dccb3021fc22c25450a68d6cfb1191d485cbfba5ec45b49286d7cae2bdae553f47e10b94f867abcc6d0affc733bacc725e5ab4de1aba19a39d748b4c1355d5a6a710a52bd04c0c24e7bc3bdab8f3ce3ae86ecb31c4b45e10b40ddb5fdd40cb2411bcf5b1d392e1eef959cff2709a6e02b20ff3b4343641a6b78599586edc9b673d9f3f5e9d339ceebf96a1a31655876c39fcb00b1c3e571908c9b744765047abb5c23ecc42e551e13755e38cc9a13e1e02bcd5dcec9c301fab75be3e1a8ee9c42981607aba7855f4bbe76c8c160e80468b54bdf9f438b177c33dee30b0f50203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "ab2e758c8de97282a7ede3401680ead187cc08658be0041f108851149a9b9d2588d5ca544039533eebd0305c07f394504d91a578f5764267149d4ef70b88a2a3f8cf0b1061d06882af53a88bef195aac87294dc833d80f42d942f3a59bb242b187e23bb89a068bb4c8a215247d04aec57f81f75c14e711b5878b04863e715d0f359ad13f008b79342b7a4ca095fd021f639e8f48860c1eafe6fa19162c2632a2d3a05330d149f3ea6c9aed9f89fa3f7bcb2cf2a3d1af0484178710c21c046a812f3b8d68027173ff5aeb1ad19ea6639e2d886eabf8149a8fb491d2c36ccfc4da2a9785a992046f24a93d2dd7765a171cd8ecb68b94ee70b0e5bf791967267251"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha256,
        source: "Wycheproof, rsa_signature_2048_sha256_test, case 2",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "8a1b220cb2ab415dc760eb7f5bb10335a3cca269d7dbbf7d0962ba79f9cf7b43a5fc09c99a1584f07403473d6c189a836897a5b6f8ea9fa22d601e6ba5f7411fe27c638b81b1a22363583a80fce8c7df3e40fb51bd0e60d0a6653f79f3bcb7ec3e9dc14cfb5b31ab1735bca692d50ac03f979dda92747c6430f8045efa3513ba6e0ce3e9e35570e1c30c8ebe589b44192e1344ca83dfa576fc6fdc7bf1cd7cee875b001c8c02ce8d602769e4bd9d241c4857182a0089a8b67644e73eef105c550efa47a40874289395ac0c4e02fd4ba98e130a4c2d1b95521c6af4a002ac3bdc6e52122ae4c08cc3da1c896e059acbddec574ac0432f6103dd97273d8803c102"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha384,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "2deb4e121a63416c9cb75eba3e3978330479a21371f304aabe98591524170b3ebf0b6431702fcf93f96c59c8ef3d2d3bf3d799dee81f0e41600a2d240543720eea693fe1867673d1cd6067e4d96c1031797eecc2a2fa1187aa0c99ace2fcc4c301de5df96615e98ca72da8d454bd5cedceb789f630bb3db28dd5c33a7a457cc22eb6a28ae1fba436f8d2c1e1ea57be6813d3b8ae7a04e4ca311eccb7265dfeb70663ebfedb91c29bfc792fb49c70c91125acdec21d51692af42d4ec999f4054f9e3ad89d3dc32c2c1d9b7e5d5dcb7cae5d70f37a00cea87dd4fd782ae518a00484bc52d0d5f8e36bb944af18a7a012b216cb4545cf97bd503e258468cd7eab83"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha384,
        source: "Wycheproof, rsa_signature_2048_sha384_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100cda6fa5ca76bfe0492ec57e0a3bfff7272dc8d1e25ad1fb338aa050f02c104e63133d6b5b7c4985ebbae9ac036a5b9c03074d60aec8e25baf392a0c430ff05b88e948805d3dd74511d8885250a7b574215ada015c559076686e253ccc96c0815b1291ee787cc3363b4f77d930eb998d7c582b24cea9ce21de9722791989863a27ebc80a00de5bd2f9228775e5a4ceb054d58c9be36a054336971a13642dd9510dd696aa268db3aab2299d5d88f8e562434d1427094d3df8e72d1ef69b4ed34d12bac375223b2a25cf227f735f816e85e17239304769a6082154cd15899fc1eaefb69b748a3e5ed24d38372597de3e4e2a27b951d6ac7db182d6809d8ff511b7f0203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "0e8742af2a1d82e99038a99a09bc182e21317b690004fcf8fac5a4b39c6c4c6f32ee0395a42b8aee31a7af7cc0b0205087b4cbe18e791c1d5454faa5dc220d3b21e44822d39beefa5e90654fae46205631c4691d3e78221f48edc14e342ad42dbeccfede07420b9352af9e0a009c49cac2b4564732d94495457dcbd2f67fb60fd77080631cf38b784a3373b66cc2d1ae971a7422562c2df5f2476983263f6559a8fed69c2c76806f8553b5f1f2239677f1a4a3f5f55a00f8391174fabd2852503c9dc130ba219d145709a4f045bf62b2278d1c9c5c2e7a81f47769b2a11b18bb8648a32eb984ff7aeed9c0ee1023886e6a402812ae6552b03419b4da25cbf3bb"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha512,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "81efbd48b9c312c0f07fbd9b46494ccf8e1f14d65c48420ce314b269b5778a7dfe1be2ca1326643988105c29706a25983df81313633458577f79d40af4dc1458ca5d4e0827baea4acedfbc4727205b7fa7dbc8b317c8152615deb764b085e46217d1c20e351c53a8f72e1330b6375f44b72d73fcb9f2417290233e02c51d514a1e9b1f6c83d6870f15e59b7094eafd5a0568a5c6cf026b7f48d76ef890a625c4af1a752c63b3c3bd515538953ff74126622349fc8c5eaacdb8a4822ad0a8c90794c736a90ab3a3a457fab96d8dd2668c748e47a49204863788efa5504b2fe24ed6c92f43dabbdf0c98aa7b03d62b825c5eadf7e0b636f16fdc00b2c4e5202558"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha512,
        source: "Wycheproof, rsa_signature_2048_sha512_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100c2c4a860236d3c9096a076d6ba5107e0f7bd81e1ba916f7375724bd2b0b0b63956813715a3457ab0458b71fb35a45b27f9ef7ac3e579dea45dfbfd07819ed6b7021aa5336c58442aadd96ca9ee9d32473e9d9278562b4d10258ade6a98fb1c7cfdc3b3716ef5dec58cf73b359f389599b4b5865a9863519eb001c324387da755450db341309360e3807c0565b8e2c44fbd5e6e8d04d006d7ee768b8e8436082a90fa0e837f32f46087ab4a0d9be28aa7da1794ceb0172a7f50ed20f6df641efbcbfd2aac89775c761a7310093c671c977fa18b0d6e01fb25f7a432b42c65359784c689205719c1cf6e3a65dae2da434c326dde81bb6ffffbdbf6de5c16bba7490203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "4de4dbf82607b36a5c6778ae6351d83b7ef5b4af64c3788889eb10ef1838822847ceb531914392360b92dee055796f73e3cdb8b3d50910a537dd2244fd7f922780356ea3f01e99e5bebcb1b6ef398d2399bd02472a871417daec3bbe6f89f45f1af0bf819a446dcbbb75c56958d34ba27c8120cee6ff97242921ccf58de9216995fa0c49cb3e6d60e46411b2df3b01b78fa81ca145ce8be594ee009031eda672eb097ba5ed6687a703b154ef616757f94237f4275f54738cb59d36b20a9c84ae133bd715747952f0222573a91faf740e4b7eb4e88abaa91004e72a1709b401616b2edb2784e491f671fcf5ebe326b669facaa5d8a0f6f8469ea995c4db772f06"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_224,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "697f2b3961b68a9fc79cb29a4e7a4c799e0394fb40d4e2d9fd98ed34166af487a9c2373e76e520de6907dd29c176e9070b35ee1a262573a95b184d7cb258cdb294117d4975952324d03d5c1b67eb575ab6c97fa40de912b47022b8669d82a6498c563ca9815ab87dac3725c9d87dc6a1ec5d33465e5f4f55f3239c661d2496c108275608d90850da7c9d087d13a18f38219f92d6c08e4fa51f344f6e55cafae6ffe4cf4b64a137cb5ad78bff0fe688afe184e1cfc75a3780cdf5286e66054a07d1a409ec4b766e066d433526c949e27a12891416fa9bec85bdf1f8c0d5092cc9eba79a67b24e7c6672db1177d28515e4d1878b455e5aeb6e910bbea514a96285"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_224,
        source: "Wycheproof, rsa_signature_2048_sha3_224_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100ad824c3cf3bc2bbb07499e16fe64ea41096ac7d4c62123071d9dd87d86e83f8ca032531961600cde476b55c489cb218805846174e8bd88eb1ea5fee6458d7119ae8fe49945835b3b4935796b02c584268edaafe244066eff40a7e5a9368bb85892accee3bfddbc30e8f1519b6e10e5f1e239b62e16280bb70f456dc074fd9ccd048aff34071336b86f0a23c5485f60414a08cf65b354fe2c6ee7603e7bbbc43ee435bc4471a963c6fd406ae1b9d268488dc444a8e1538f5e3e72c3382ce3d17290a7f89f7e1e4b6862a3b4bb117ae98d09943ccd016e1b050b72776e364e21d53d397469f0f028bbbea12f7b075564f1114f431e40e78e3e0d5bcfec778a1e610203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "895768979380b7830f9e27b1079a86bd71a150b8984ab6a5d8e0d0fcc6cba68c59d471115d705f8216f25338cb9a0f0ae2929efd9f24f7ac8f7fd0494ca47d8ee51928d0417988f2f5e9f177ca6132e43df28617214978d8d52d21589c3f164da660b4d0e6fe50999a68ce6ed02075e1063b709a4dc37d9a96da192f2e3c1259a649ef93948c9bbae16cf7885623d22c5afc246452aed97e9c9c6d1896af70b69a61f3e8ffb0500bbecb48ba5b434123a78900e8dbdf063613678b3e0e4dca575de22e831dc2555d5163274b17f8705a7646a6b6d878e4d10f18ee7be0ccaa79b11fe7050c54cf39ad28e7f0df38a6bd1e59471b94aadf6dfe04b7a44fdb4281"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_256,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "5dd5536a4b17404d41c6adb51f2454ebe773523ddb4f00f89fe52207e4483c5d16ad86a5bb2a63b3e1dfd63a1a0946d5a28e314718e9d0ad386cfabcac5c9d6e29a1169527e028283a9f9461a5e519c9825faedeae9b6a090db5870de33c6acd052adcc6143819069507bdc2b3f306f0131b19e601047dfa8faa2c3153e4ac28c64fc86375812ab99e9a15aa31cf13a50bce61ba8115339c30c92998b5271e8ab18ce8ba6c48634c61110c60407e512ba70619bf579ec2ca3946cf6313eed13c8a506d8ada0d1b1b56b4b0406a4b4bb988f7b0d6810ff824f1c4c7d2a1f45f57c95b019df435eb0a34b417c01bbbea4d5ba7452ebad0bce356424bcc72282616"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_256,
        source: "Wycheproof, rsa_signature_2048_sha3_256_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a02820101009a9978ed8968b4eeff1bba921ec7a8aff62f89c289d2a4576bed7e05ffec8af9101771f1cde3f5bcabf555021f1023848aa2ad24f3f0c75cdc68e565e806c8fc35393c4503895e622b8e335ab8a1faddfa0a3eea79361b0662459d58887fa7d0f320230c36f521dfea5cf13d864c4ea1811aa5953afbac29f1fcb68847640f4711c92742af9c7eca813f2e1e9e794ce3fe5130ed5bb11be3bdf730d491fc62eb0a26b440f4bf4eb822933fa89b2b9783df06b0b725d09df9365489c30b55bdeffada4d8c893ce32000e248c172c6e76d5db2185ddd1204b33c3a64d2723500b4912197d13304c80b93357019f3cbb77834f88d72b3a23e214e288097213876c70203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "0c1fd3d46253f29ab3f274b95a34b1a7a4b4eb2371b8df94805e98649ab7809c212217217c10b0a69911668160b81be8455c11d6276a437115123bcfb9d43ff353b36793a3c0863570dbc3d1a486a54e80b56fa681311205f29b17da8e081217ddb1e070f0a09f8978a3e1ed835836c387b50315c141ebe8d7a954bb013784c93ec2fb6a26b66959673519823f987bdaa81aa00441dfef0374a0d674b710093be04b59dfc40e4774871a2b15891df6d845c31c986348ba08fa319caa1a1a0ef886fff82173d539d198cd25e5fe07c784af90a5adc231402d78fb344714722b9cea760425ddd31bc6b1970f1119a72cbbd27d346ec7e6f9a73cc779192f17065c"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_384,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "6997905918c687d95a01dd2d65d707dc73a40a21977466c502c3e1101b90e0c525342329ede739c216e840d7c2421831a57b770069d3e66d13a0358b16c1ef986c37d6ddc2a8b849457bc02ff14cd219c2fe10a4d0454f3f9716675499c348c15a0c11f9f1d465ce734b0cd5d276e7852e63f39c47460afd7d8fa12ba7861ca226091f0c4b7046973450e97dfa37ffb4d73c15170c1ddad34aa3bd9b1a1a7f7d0b1da9a798c4b877d5e77482ffcfb001f587cd37bc00e0de02efc9ab4481607824960663eaf87458826219c14cd8292e8e08c20609bbe0834147e344ed4870fa2c01b2f721262541a5f690fe3d2ee44a3e3550f428b0d1eb105e9db2b6c2f69e"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_384,
        source: "Wycheproof, rsa_signature_2048_sha3_384_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100984ec65b106524355c0c81309694da2aa916984225bf60544e44959ac0e765c496b8053bfb1cd1ae3d666c8e3f0f8f7507f1516d68fc9557c5f200fa0d6e994e50ec4215fd313a80187158d2d541e22a5a5a42025fe5b781a6111a1041bb08d046026d55544336e5578b02a498cb5b6310868ebe654b0aaadd76b5e4bc3c10997cfae00cef098c3395899a4163659559978cafd6cf1531cb575ad570617c6c206f949b6d4050f2f130154ab17c3ac66b6d551dff03564cf3a8bbe867c75b077a303d55771834df840e77b0511cdcf29a3873b738ba5cbd714c6dd144ffc7e7e4438397f1c81f2bb2f763d8232a7ce343571665fe99d4a61fb6975f8c8c8b98e70203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "62e15aa794f2ee4c1f197839f44b17f2533b030188ac572924438a8522a802a750546c1281cc87a495ce5e0549dacc829f3ae24dc831314b78855c9702580a992f996f7b8a4dd80006383b461d541581cd3555023f0ae15a362c501d31e9bc109ed5c2c9d8df2adff54ec2ebdfd52cda4e8621b53ba03f0008a5bbdb726ea39b111834082332282c3b992049d7fd93d5e7ec9d732fef46cfa6cdc30dc2529bd6c7d35c4ccd6a8fbd88678cd9fd9781471a5deb2e66b0e7ddbacac2c3ec0cc32061521eb3f041e25878586ff642b463d51894c6c85179b3cee9ac2b5ff418c319f079bc25091dd70e1460cdb58c612dd456ae88f6a400c57d45d6ccb9cd10b67a"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_512,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!("73616d706c65"),
            signature: hex!(
                "5163faf11eed89b07d9cd158c211c62f5c4ea07aaebbdf1579aff630082ab5878439efd0022540d04603a625a12ea3768a56e82d82fd93a14b5299285de6a08c1e79cb60161492f1a76d8bf0e94d8607a97eb496d30f458e9621421a303ca97d39da11007e5f351133b9814e009afd62aa03a91ad5af3955fa06e0185ef2a9178d07714e2a8f191bd65819de9c6c054b382c092383c6b763495d0b9ef7652ae6878ed1dae238a298e545e323778ba62b0ea4fc94815bed86340766cebfef5a7992731a8b0bab4f6585d57d884f3190488724ea41a770388a145f2635f402ecc9ce2f5b2a10eada5217e8fab12ac4c6e2892f6b3cf6e87b49b2ae92a88394cb4f"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15Sha3_512,
        source: "Wycheproof, rsa_signature_2048_sha3_512_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a02820101009fac485187a39c6ec7c20a323c30dc67df9f2156c94a31a4c7befe14d914c15e1b5c195ba838ff7e2e40702b7dc9a487a0ad748e80a7ecdc79fb72f70d4fa2b76e2221a1db2d4694917fdc0d4b16d0b6ba9aa8b17904a3688c66221506423ce595c4fc8837a73c6cecfcd5b09f39f849358cbd5f56165fa683a90553faf8a7db6c95d0e18eff0f4e18b7ae6704470fc00113ca2894df334b426fcbb2ffa0dcd85e919f18f0c75fbb5614ee8152b07d95fdf57939e8ca81891702f4c3d64653cf15c69698e0fbdd76fda537cbc9eddcecd57b3d7b95be7f42f4d1c65c4647d02604c8516d2bd3dd9385d8cbda296525d690b3fe4cdcb76b4b6833ea929aa9267b0203010001"
            )),
            parameters: Sample::None,
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "10285c90b1d6b629a06e964452e24ae8cbcee8833c8d1eb7eca8681f55649db5dde6888d4fd363a0dedafcba35a561b2dc8e8a0f7a470a8cf1480beba3d956ef6f37b72b520e0c29be71004106b5743e33d5d790f91aeebe39e43c63aebf9b072990d295a05b3ad021025eec5922a711b0c1dbba0d9bcda7b802caa30c9874508ccb0c09a932bf96f24b30d832e2fb6cf810fa1d8edb2743c36d2a5f0ef70f9c96e0ff60115ad5fec50110794846ab122e44d9e3b9bcd39a9017b241e7d11812764b235471721ac37d44b0c84e7a0b5032ab4d4dac62255516c83ef9cc161f75baa7c2eaf75b0d8fa135fa0587bb7d3bafbc63cd8c9e53f3bec98992990444da"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPkcs1V15,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!(
                "3031300d060960864801650304020105000420af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"
            ),
            signature: hex!(
                "04e3de2e3aa04e27ba30867280816a5dc54f71c269f835c166b49a30193508cd5d5ac2adc29d2347eab814b6a5495c7f882b51425f629cd94ca006f880b3f3f93fdb6abfa2b26a39d4b6d7291bf6b589cb0d2d2e96c70ab0c6e2378381934e8f8a56171dada54c94d9d04436f4d3001eb79a664ecc32890084e9e902eff1c130da21a6dbe4aa58f26a1747f795e09286e68168cddb283c3772478d2d1a8dd5efa6b16b4ebf1c1a6dfb29b147a591f7a44c41e38399a8f2eb2de09a1b8cae773dfcab225827ac7890cc22fc49d467f5728b75ac5f806c4b72f7409acc71f938e37c274bafc555602cf82c6b87de09c9193c6396915e17f970d24d0e2fdcdc4748"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsaRaw,
        source: "OpenSSL 4.0, with a key of Wycheproof: a PKCS#1 block",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::None,
            message: hex!(
                "0001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff003031300d060960864801650304020105000420af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"
            ),
            signature: hex!(
                "04e3de2e3aa04e27ba30867280816a5dc54f71c269f835c166b49a30193508cd5d5ac2adc29d2347eab814b6a5495c7f882b51425f629cd94ca006f880b3f3f93fdb6abfa2b26a39d4b6d7291bf6b589cb0d2d2e96c70ab0c6e2378381934e8f8a56171dada54c94d9d04436f4d3001eb79a664ecc32890084e9e902eff1c130da21a6dbe4aa58f26a1747f795e09286e68168cddb283c3772478d2d1a8dd5efa6b16b4ebf1c1a6dfb29b147a591f7a44c41e38399a8f2eb2de09a1b8cae773dfcab225827ac7890cc22fc49d467f5728b75ac5f806c4b72f7409acc71f938e37c274bafc555602cf82c6b87de09c9193c6396915e17f970d24d0e2fdcdc4748"
            ),
            is_deterministic: true,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha1,
        source: "Wycheproof, rsa_pss_2048_sha1_mgf1_20_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100bd31c7a02691d2d9587ef6a946ff788544ccadd4b2988ad62086792a6bf96c8616b4ad13317d2270b901d0fcd1d880cb8f52fb87304a5258c11b38dfeae8df670aeee7ea1d0d9df8e00e80847e41e5989ed402d44e78b30fef17b5671d3adbf8685e4dc204499ecd1863e1d5aff28a7cf66eadf31fec9236c120add13451522c647c9832a672cd64d328c1c322183f4661d09bda60b8dd5f0328da5420821424afdabb1a80c5d12763a1b0238cd89d0742bfc50b6a2fcb701d824218f9826f4f78a23a2b5aa42ace7f175376fb6cbdb2bad293ba583d4d31c6b8f9029e46b13689249855f505756e00e225a6a45a18769bd8d2b3a4acb9f1c23d3e51882561e50203010001"
            )),
            parameters: Sample::Pss {
                hash: Digest::Sha1,
                mgf1_hash: Digest::Sha1,
                salt_length_bytes: 20,
            },
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "01e9b1d4f36d040a553ee12afb76a36d04c6c5a0f3df84ae22422e8157e57b1c43a7bdaade30ae73073632a4679973ec10bcbb3016f6e20c9cad29a14f96052507819e90cf56ba50c97df5e5001c7f94817ed29f7500f839eb415ef3182aedb2484bace43cd2fcaaa6f5dbc4b6491791592f084b2a14ab303e89deb28a68c72b0b630ae85becb67f2b722f23a0f321f3a7496b251895111640452932579aa53ffb8f8fb4ffd331fa48c6f1e8e152ce7e04cfec941cd96dcf7a885a3022e426d87e8111336f1166878dcf8d190ffb16a574fea9eb6d7e270e025c6d98817e75c968f78c4750be018f74968d7f3e5cb9d6f47d5aafc99c85c83af7175c73091ae8"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha1,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha1,
                mgf1_hash: Digest::Sha1,
                salt_length_bytes: 20,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "9da38dcc6e746de0547e513bca897b3865e15e2638614b1dbf15e16a71786a3119e877025124eb17e95d6b83f4fd7b350de0da24b470c91a181d1aeadc7b00f8d822b3dc4ab64ebcd32165283e3ea8555e231eb963722d756abf9a6c15cc19fc4103feb3c2fd5b0e4c3bca27d3793e1558ed8eb80c7fa14fb3b8811b5ba64a68b3a1539dddae310069dada73030a0aa0fb25d34221225284aef455019941405c61b73a56ac41199006e780c20a8ddcca84ea42332fd51c3692d24b89abc83632b3e742c9b3628f30a2cc7ba931dc820ceda8f120503256b3f0fa44eb29991b1e10515b2b7034951c33571b5e6d61de51558211ee0be39958bd3c812214500dde"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha224,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha224,
                mgf1_hash: Digest::Sha224,
                salt_length_bytes: 28,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "7e6b89f49ea8ddf37980770cc922e6803dda207a1d139c6019eec3a73b1a260acbd53fbe008250150627033c8e7decdfef2ac0daad2d2e04e9645164a66a6911662bd95444e42eaa448a551214c0bdd4a99a83baf4716593afeb304ad82f98c233b6982cc84c7ad4e19eb518b1c521dcd9793aaa7c8a62391d754f7657ec6fb4989552dd18bf8b4b8eb67fb8f0fc49c2c766bb3e9304260eba4ef8696c00ecf09779198dc9e4614debbcada9be4aef2cd75d1ff68a5178f20e48a4a53360ee43baa6cc49a2e8f415f1f72fdb58f4ad6c296d5e2a23ab6af4730a388aef9f07735d8785bc2697817c33f74ef4efee6c349a268170558327ab82530625d7d5ea62"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha256,
        source: "Wycheproof, rsa_pss_2048_sha256_mgf1_32_test, case 2",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha256,
                mgf1_hash: Digest::Sha256,
                salt_length_bytes: 32,
            },
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "0658c68fe0895646056d9bca422a64fe48813b4e14f0c8c4122e56d345b6813dc6286ffde014617e351c7af0a0d2c0f285def79cb734e1e055a25fa6fddc1c07da17b4b235c637413b1849c24311fa72331f4c0458c364a4916de8619b884d7e37288fad12926fc091f4851686a04fd0a504dbce3db370663a6ea6128fea86c2ca94c63e0d34d7f2c845b5d71d9a5e544451f524a451acb85c49bba7864e0a34a48613a819caf3dfd0d510c940f1df21c3373915be1f3509a557fa4d5a4e9f273e85467961133e2482c0907386454228fb0246638616fc31bbb6fa7c2361b8035994eec69a923f4c0bb0ba8696dfe8b1400c2398d7b343fdf498b1116c8de602"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha384,
        source: "Wycheproof, rsa_pss_2048_sha384_mgf1_48_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820122300d06092a864886f70d01010105000382010f003082010a0282010100cda6fa5ca76bfe0492ec57e0a3bfff7272dc8d1e25ad1fb338aa050f02c104e63133d6b5b7c4985ebbae9ac036a5b9c03074d60aec8e25baf392a0c430ff05b88e948805d3dd74511d8885250a7b574215ada015c559076686e253ccc96c0815b1291ee787cc3363b4f77d930eb998d7c582b24cea9ce21de9722791989863a27ebc80a00de5bd2f9228775e5a4ceb054d58c9be36a054336971a13642dd9510dd696aa268db3aab2299d5d88f8e562434d1427094d3df8e72d1ef69b4ed34d12bac375223b2a25cf227f735f816e85e17239304769a6082154cd15899fc1eaefb69b748a3e5ed24d38372597de3e4e2a27b951d6ac7db182d6809d8ff511b7f0203010001"
            )),
            parameters: Sample::Pss {
                hash: Digest::Sha384,
                mgf1_hash: Digest::Sha384,
                salt_length_bytes: 48,
            },
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "9b45517f6149764531b362d7c6b6261b77fc37ae0b97bc392ba27ecb9bbb0d2db931cd7118c86727202333558fcdbf84464595b31b28a526bf7df2582f40035ab5e1c3896337ac20f137568a52f0b64bc544531f00791a4593ed2182b82bd71366cbfb6cdc107c79fca7c3aae679e98e75b40b2034d9375ebf750b3153a97d829bfd5aa39c29246bae601c131238275503faa532f0ee75492b7d7b5b4f55d7be619f269d80a3feb414aeb1f36487b0e46b870d4756f98cfa50d6834a7cdcb23890821416cf0c8e82f688aa8e46ef8e3179e5ecd3cf157a8caaa70b0f4074294746e41b906d0ce85e6f2485cacb71bd63bb365eed5e91c9af4589d74b3f9487c6"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha384,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha384,
                mgf1_hash: Digest::Sha384,
                salt_length_bytes: 48,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "5d89741a5c2f6066cfeef0cd6a67f286ef4db9483484bdcddbc19dbeec03b292a17908b3615a3e6c278514d15de2abfa1655c7378ffa76d7f2f8febd706d51b0b14fcfbf63f1725290958ff985ca9b40941069db4f3e9b2a355ef5849df9ec741637cd09ab493bd7851706390763b2f721e9104939e054d19234cb101b278d9f78b9e383d1af3a8bda1b1ef2af3345ad1e8dcf38fe97b30d16c60060e99835b8b556619a46318a05474d8f9708b440342d68750c2de8c53089db1498df3868522c88d4047fdc4c1f4b8771c8c90f8cf14baf504ed5365626ac215509068db8bde63a56c69fbdf50d828921a63ae4b89c24e0182fca871dc323bc147eb61b6b7d"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha512,
        source: "Wycheproof, rsa_pss_4096_sha512_mgf1_64_test, case 2",
        test: Test::Signature {
            key: &TestKey::Public(hex!(
                "30820222300d06092a864886f70d01010105000382020f003082020a0282020100c9a765c2661b4674cff3480e9a5e462ad0ad2fc9bc6fbef62847b3113d20991f653967971c28252753f5fbacce012c2a8ab592914d269efafa724fa4b920e340930c106f7b36f79cebf0e62e88e0e476888e9f0e22186acdb6c4523a232b65b4ff2cc22dc44f8a559527d79d7cd7dcf3773212f7bb9aa133c31165cc663690bf123d73923c838929ccafee59d6c7095b8d4a74baf2d192c9a4e87c4e12bc58013078b28a7789e82e9f31de1f4d6a2aa6e80632be8e4bdf263e8d49b09416fb19c488c07ad8af722ab79182b23028a71e065d02412a9eebc46d7d8f4e03d79238d8c0cb4a97a9a1200ebb6ec64042ebeccad9567526eeef12c17d94c1049c889970b96e94cc353172a268a49c5e8bee13c15b39dec44f2c7a1aa37a7a0b6f72290acada32b1d8af1fc3dc8a89487ba81347cbeb1350925d30f923958106b49959c871e7c1dba55da0772e362cf8621d78610868b894e16e5dfec96874a93a4cf379b47e7e318ce315066d70ee3938140a60148f205085cef8a7700ca3c53d52a5756a63b3b16f153062b61262a68496210c8be4ef3f9029ca0ea0e3b3a0d5d6d226edbbf44daf8f045dc286ded3c4ec4db6b45347079f33eaf98e3c95b4b60e79ef4a3093feec543703422ba74a118511c2193b54fe8b633866ed2c705ccbc6e7d9d3656809ec3d3356e7400a9648ec37505041e3e31af1c02eefe924a67047d30203010001"
            )),
            parameters: Sample::Pss {
                hash: Digest::Sha512,
                mgf1_hash: Digest::Sha512,
                salt_length_bytes: 64,
            },
            message: hex!("0000000000000000000000000000000000000000"),
            signature: hex!(
                "04a2259529e5888fd870d7e0517aa5b1bc05e19da400d6de1b8e676f44d6cffdb5c3be40474f143985730b9f17eefad25be136c4e4294a06b6a2a1d7c4d6ba2b43227149a62e2828d8c7771d3fddc0aef36187e3722079480aca9f1c42fc35a4193121635b1832f2b9fdb1dd150929a85a35ff12dfb86725c82c1d8fd71cc2f5dec3f7373e8732891e3a978e4c15a4e75eb49f1c99bb732ce587d39ad4bdde62f4b6dbffcf6952114d3bf33ad58a74e3c12b222238b51016932908aa80016f87fef465c9c512ff709be093e34ed47140df34fb15a4f8f629de00c383c6599fb51e0f8c2ab5d4d3faf526a749f34291dabbfe15df9deba84d88972436906035b3d0e8dc6a8ab9d9002df3aa105f6e3a595bc66d0f64c760d7c152b8cdbb8e0a9afe87c36d6bad63fa017f540ff1e67d5d89deab1413016ec259a4bc19d8c2502576fbcb49b1ea1aa84163ea1e3f8bb9b159acbcdeb2395d6531497889917c1c822456019f71818dc498b9e3517cd68f4eea6b24364ee651bdbf3282ab1f55e67bef8f8b61f749e30b3dcebbcaa21531ecc7729b8c93f03732f81367bf545f1d53717aa056aaa08a0434e29ddad76956a5a641b45b9946bc756106fca8e76e3885da15aaae065deba95c1e503c996fff8400e286ea3a3b40e0d7b03652729cea3562d8a90c9ea9c65b4de3dcc013282e3da8c7de2188c3c4c9b9e42145165292fc"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha512,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha512,
                mgf1_hash: Digest::Sha512,
                salt_length_bytes: 64,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "971a2ba17d9c800294fc137346a164b157481c447da836170ae2b0215ecfde941c666183bd5cba21f39e0a5dda0464d2cd19e36414ea55a2f5c859bfd52269ddd33ec6193cbb010690dffc0ec7950275245abe900ea6506955f4dec3bb69be269cf5ece02f21f8ee885cb0b8eaeba96bc4e60aee8d80e6bc36fb5ee2b7dfb53a521807262dc68d7d508fc48afde10a7d1a0a9f37ab2930b86df74dacf604ef877bf5835d2b3c79f4765c013059c05819ecba86ce5d2a9815f6842de0b1b4a100394049729b212e1a7b23d90e4ccb6b8205dcf4570f1d9cd6656ea040e249579ef2d0a22705a5c38fcf9633301b9d05cf3369ccb17aec51a928394cc37a074332"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha3_224,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha3_224,
                mgf1_hash: Digest::Sha3_224,
                salt_length_bytes: 28,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "7f938f89011bb5e149f381f8795d7a829f349baa30e4529bbfc0f8001bd333f52e92db355370e3be5f3db1178dd84d3241b5e8e931cf388203db33db718c8400c01a0d2621ca2e20d6e45eb406e4ef305e2e46dcff4555643aaf21720be6ebabcfeee64a158fd15803a1ac2529bf4b3ff4514a2e6c3413c8f8abf2efb1c050f32d800314c60df9205f3c316ca75bc3cf4a37f25409bf8b65c361bfd589bb9bef2993e37c5a45300a2b12c8f55ba98591cfb1f64aea4e77e4d76482e63a3a655204b1a34d92fed72095ece24dc31b76824de0d8d697f7c38271745076cb666bcb0b96d8971988343acc33e2ba35d83309955d4418839d684e36319d1a326e6360"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha3_256,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha3_256,
                mgf1_hash: Digest::Sha3_256,
                salt_length_bytes: 32,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "8543fc0dba28df684fe4754430b777368a754d5621ee45207fa9ee827da5b5a1e36a7059562336a6f357cdfbe4a75397b7ce554283a3c67c98dc5a00e68cdb376a7be3a866494f8c6f30bcdae0ee79919c178aeef7e0c4b98f5d37e786d34b9f276bad146675c940e2c49746c2f066fc7e6a8774bd5700d240e63c086f2c06f40e24cc0e60094e8fe9b782a5b2423201001af93cb5738a8ce41f5a91432bd496a89bcb95b5c5ec526f0c6e630c12f80bc5831758a8999a7f6e43f7862a8e958dce92a3073551885d4935386a6e9ee0da70fff2cd2a32ab0d2f3ff72e327fd7557629ca9e7e1c1604499661115c2d55eb95a88a12160afa6a7997c94632324d82"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha3_384,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha3_384,
                mgf1_hash: Digest::Sha3_384,
                salt_length_bytes: 48,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "8d85a523493a6b0c674e4a84e815f3110aaeed0969f4c8d35d8cd70dcab599ec0c6534784fb817daf708d1092c106ccd721cee03a4f645bae6a662c2812fbc31ba4732a667696bc5527317968ad1d8244774f9634813b4a0ffe66729b4d78e009610afda7829ee7b6dffb836836381a4532cd94f24794902c59aee29cfe8e57c466f88485e86cb8bb27b0e327412b0a94ed359b08937e295c8059c5e64fa2ee420a031302375e43e87af0a5f5a36c5a4577704f5f5cc704b7fe897d9a85d98b2622dad2d194d120f2e64dafd5675b75ae99e5eb4d17a7315018fe7de0547f3abb77d095e2488eb772a35456001984b9cdcdb3fa541c03de557b482e52364dced"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPssSha3_512,
        source: "OpenSSL 4.0, with a key of Wycheproof",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha3_512,
                mgf1_hash: Digest::Sha3_512,
                salt_length_bytes: 64,
            },
            message: hex!("73616d706c65"),
            signature: hex!(
                "87c4740f84a43556e85d0fa59cdb0366ae842511f8275f7be75bd231651118724c0bc22b37c594d1e6911f661a4e7a164952d810453a6ecd2784448a4befbf0681e7137b28420761546816b5127ecfe74aad6c10fe64348b99f1df068e580a4f467b7532a28611e63a93395f058c425b67a7e53f5a6e4fc4aa064756b687ae8176cc96337b7f7a06bfd614753b2e27f4e00ef65ee96ab78b9618a53612d681b765ce61f69af3cbc0a6830246374f88ca4fbb7c82bda235e70d981e43e4a60d9b04cb3a6753619f6e41bcf26864872c44aa30ec70cba0f1d256579cecd2bd25b8f49cc4b4adba48db5c392d38a5951a4af5b9203071983c888d065c526da262f1"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsassaPss,
        source: "OpenSSL 4.0, with a key of Wycheproof: another digest in MGF1",
        test: Test::Signature {
            key: &RSA_2048,
            parameters: Sample::Pss {
                hash: Digest::Sha256,
                mgf1_hash: Digest::Sha1,
                salt_length_bytes: 20,
            },
            message: hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
            signature: hex!(
                "8630767b35648168e4b770f68563b2b08b08eba873fbebbff1cd0d61317ca9b8fb850a2c9e9fafa03d7117ac610a2806c36e1e15540708c3820ac13913fd555c9a50fa23758eb73ed9b61e87ceeb0c3b70e9db091b010143557571398a2503149ee360fbed00ace3afcce3dea14b9a05b2e1132a4234be34d7098c3e476fa6f85dff0dbeb7942712e687ac08327d2df790a12581d7a1cd1a1c9f3f5e5b9942092500e196883b0dbd3d12340e62fef156d7b1caaf3a037667937ef9158032be8f67a15f1504244f21eeebab39a2252eae52b799e58ea15a340e20736988b923e08ed4f3af3b57677971bf8a61b02e79d36831a3ad58e02bcaa14a0c3e97eb1b83"
            ),
            is_deterministic: false,
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsaesPkcs1V15,
        source: "Wycheproof, rsa_pkcs1_2048_test, case 2",
        test: Test::Decryption {
            key: &RSA_2048_PKCS1,
            parameters: Sample::None,
            plaintext: hex!("0000000000000000000000000000000000000000"),
            ciphertext: hex!(
                "a9acec7e58761d9191249ff7ea5db499cadccc51d29f8e7fd0aa2cb9962095626f1cadae29666f04ce2afd4b650be59d071d06446d59107eb508cc60545727b0567dfb4f2f94ca60b939c60be111172f367dfd235516e4a60061648c67f5536650821ac2a60744be3cf6befa8f66e76a3e7c5fbc6dfa4dda55ecbdbffdc98d610de5667a4f485f6168b52bbe470e6014253874ce7b78e509937e0bc5f02857e1ad3cf55139bbe6dc7ac4b1ed5097bf781b7671ca9bb58187aa6c71c58ac0561c5aacf96c35deb24e395b6823de7fc96b8031b5906a34c4dc57e4f1226157b9abd849e1367dda014fbf9ed4ca515a7a04cf87787945007e4f63c0366a5bbc3489"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsaesOaep,
        source: "Wycheproof, rsa_oaep_2048_sha256_mgf1sha256_test, case 8",
        test: Test::Decryption {
            key: &RSA_2048,
            parameters: Sample::Oaep {
                hash: Digest::Sha256,
                mgf1_hash: Digest::Sha256,
                label: hex!("0000000000000000"),
            },
            plaintext: hex!("313233343030"),
            ciphertext: hex!(
                "6583e2f176aa7e7f655d2c53497349c156c8851fb23325589e85fb83bfa857346caba222cdaa3234e71564154298c24dbb85e18822a1d5e7faa47863a64d76874a3cbc70f4d9f137426a344c473fac1dd7008a9973765e9f66c5b492535a647c273c4f78ceb5aa7ba963a2142f2ce4a81f804c002b9b2eabb3c75e80a3c6ceafe5384a544c672a5d28d32bb87115f43eb79775fd9b3f4a2f6e6a89368bdd95ef1d014877b60afdb1234acd57653a65459f01b2fbe381f22a739504b4897a7e6c33b6349b276db6083abad9c169405859b800c812237634b503de6ada43013c1d86697a135be78a9784576d796d62aa7819e2ea0e2d902ffdd9cfdd1ae66212ee"
            ),
        },
    },
    KnownAnswer {
        algorithm: Algorithm::RsaesOaep,
        source: "OpenSSL 4.0, with a key of Wycheproof: another digest in MGF1",
        test: Test::Decryption {
            key: &RSA_2048,
            parameters: Sample::Oaep {
                hash: Digest::Sha384,
                mgf1_hash: Digest::Sha1,
                label: b"label",
            },
            plaintext: hex!("73616d706c65"),
            ciphertext: hex!(
                "8f51ce405181641b32f6e594e85f3e2af019e94508e97f210d9a320ca9a4591737bc19941efe9a51a2d874e96a3b638c7e6195660c31026e033bbc069d65bb054b308cf4d891f1b27047c82a73db908b7dd152d5d79b13b8185e91c651f2fbe5c82ff7c0d87c1c832fa355e838f6a472832f1323f9d6556ff37cbe868d0337f127b2ae8f0aaf759ddfa06b45a524e89021c5a63edc82765f8c37723ecbdb704b4d4fce79b7b941df03431b5cdae96bb6f06239d221ea3ab38ca95a529cb8cf1981c858761573e3b07c4d1515e338228fe47846e287ce7824ab80f9e2fecb8df8b1a83a42748bc5ebf3db0c435e14f7c612c25e4ccd4bd2102a2339faef70a31d"
            ),
        },
    },
];
